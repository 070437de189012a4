"""The study of class fitting (paper 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le, MinLen

from rote.config.bounds import Count, NonNegative
from rote.config.certification import Certification
from rote.config.comparison import Comparison, RunsWith
from rote.config.density_model import DensityModel, Protocol, Tolerance


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """Dimensions that the representations of a kind of network are reduced to."""

    representations: str | None = None
    """Set of feature vectors of all training images at one epoch; where left out, the only set of feature vectors
    there is."""
    taps: Annotated[Mapping[str, Count], MinLen(1)]
    """Singular vectors kept at each tap, in order of depth; fewer where the rank is lower."""
    compared: Annotated[tuple[str, ...], MinLen(1)]
    """Taps at which complexities are drawn and classes compared with one another; densities at the last of them
    sort examples into bins."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Test of the largest gap against a unimodal null."""

    n_samples: Count = 9999
    """Samples of the null."""
    least_share: Annotated[float, Ge(0), Le(0.5)] = 0.0
    """Share of classes that must lie on each side of the gap; the paper asks for none."""


@dataclass(frozen=True, kw_only=True)
class DensityBins:
    """Equal bins of the training examples by log density.

    For each, networks are trained without it by the run's recipe, one of them with the certificates' noise.
    """

    protocols: Annotated[tuple[Protocol, ...], MinLen(1)] = ("exact", "published")
    """Protocols by whose densities bins are made, of those above."""
    number: Annotated[int, Ge(2)] = 50
    """Number of bins."""
    stack_size: Count = 1
    """Bins whose networks are trained, and certified, in one job; it divides their number. Networks that see equally
    many examples are trained side by side, which is faster for narrow networks on small images and batches."""
    certified_examples: Count | None = None
    """Examples of a bin that are certified, drawn at random; null for all."""
    certification: Certification = field(default_factory=Certification)
    """Randomized smoothing after Cohen et al. (2019)."""
    radii: Annotated[tuple[NonNegative, ...], MinLen(1)] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """Radii at which the certified accuracy is given, in the units of the noise."""


@dataclass(frozen=True, kw_only=True)
class MemorizationSubsets:
    """Memorized examples, as many random ones and as many typical ones."""

    threshold: Annotated[float, Ge(-1), Le(1)] = 0.9
    """Memorization score above which an example is memorized."""
    least_examples: Annotated[int, Ge(2)] = 100
    """Examples that a class must have in each subset to be compared with others."""


@dataclass(frozen=True, kw_only=True)
class ClassFitting:
    """The study of class fitting (paper 1)."""

    runs: RunsWith = field(default_factory=dict)
    """Runs of the study, each with the name of its reduction; or a list of runs, with the only reduction there is."""
    reductions: Mapping[str, Reduction] = field(default_factory=dict)
    """Taps at which classes are modelled and the dimensions they keep, by a name of your choice."""
    sampler: DensityModel = field(default_factory=DensityModel)
    """Options of the density models under every protocol."""
    protocols: Mapping[Protocol, DensityModel] = field(
        default_factory=lambda: {"exact": DensityModel(), "published": DensityModel()}
    )
    """Protocols, exact (the mathematics) and published (the authors' code), with options that only one has."""
    complexity: Tolerance = field(
        default_factory=lambda: Tolerance(relative_standard_error=0.005, standard_error=0.1, max_draws=1_000_000)
    )
    """Tolerance of complexities."""
    divergences: Tolerance = field(
        default_factory=lambda: Tolerance(relative_standard_error=0.01, standard_error=0.5, max_draws=1_000_000)
    )
    """Tolerance of relative entropies between classes."""
    gap: Gap = field(default_factory=Gap)
    """Test of the largest gap against a unimodal null."""
    processes: Count = 1
    """Processes among which the classes of a job are divided; changes no result."""
    scores: Mapping[str, str] = field(default_factory=dict)
    """Runs of the study whose examples have memorization scores, each with their name under memorization
    (estimates or published); bins and subsets are made of these."""
    density_bins: DensityBins = field(default_factory=DensityBins)
    """Held-out density bins."""
    memorization_subsets: MemorizationSubsets = field(default_factory=MemorizationSubsets)
    """Memorized examples, as many random ones and as many typical ones."""
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    """Two or more runs that differ in their seed alone, by a name of your choice."""
