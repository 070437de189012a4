"""The study of stitched networks (paper 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import MinLen

from rote.config.bounds import Count, ProperShare
from rote.config.optimizers import Adam, Optimizer
from rote.config.schedules import Constant, Schedule

Style = Literal["frankenstein", "bansal"]
Start = Literal["least_squares", "identity", "random"]


@dataclass(frozen=True, kw_only=True)
class StitchRecipe:
    """How stitches are made and trained; in steps, as epochs of small data sets are too few of them."""

    style: Style = "frankenstein"
    """frankenstein, a 1×1 convolution with a bias (a linear layer of vectors and tokens) between halves that are frozen
    and in evaluation mode; or bansal, batch norm, 1×1 convolution, batch norm, between halves in training mode, whose
    running statistics adapt."""
    start: Start = "least_squares"
    """Where the stitch starts: least_squares, the map that brings the front's activation nearest to the tail's own;
    identity; or random. A network stitched to itself starts from the identity."""

    optimizer: Optimizer = field(default_factory=lambda: Adam(learning_rate=1.0e-3))
    """Optimizer and its settings; its learning rate is the peak of the schedule."""
    schedule: Schedule = field(default_factory=Constant)
    """Learning rate per step."""
    steps: Count = 11_730
    """Steps; 11,730 are 30 epochs of 50,000 images in batches of 128 (Csiszárik et al. 2021)."""
    batch_size: Count = 128
    """Examples of a step, for each stitch."""


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """Networks that are stitched to one another; repetitions differ by seed, and intervals are over them."""

    clean: str
    """Run on true labels that noisy networks are stitched to: of other initial weights than theirs, since networks of
    the same ones resemble each other where they hardly move."""
    second_clean: str
    """Run on true labels of yet another seed: the control that says what stitching costs without noise."""
    noisy: Annotated[tuple[str, ...], MinLen(1)] | str
    """Runs on partly random labels, one a share of noise: names, families, patterns; or one family or pattern."""


@dataclass(frozen=True, kw_only=True)
class StitchingExperiment:
    """Networks of one data set and architecture, with and without label noise, stitched in both directions."""

    title: str
    """Title of its figures."""
    repetitions: Annotated[Mapping[str, Repetition], MinLen(1)]
    """Networks that are stitched, by a name of your choice for each seed. Fewer than four decide no claim."""
    cuts: Annotated[tuple[str, ...], MinLen(1)]
    """Layers after which networks are cut, in order of depth: taps of the architecture."""
    representations: str | None = None
    """Set of Gram rows by which the convergence of layers is measured, of several epochs (Figs 1, 3); where left out it
    is not."""


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """How the convergence of layers is measured."""

    estimator: Literal["biased", "unbiased"] = "unbiased"
    """unbiased, or biased (the paper's formula), by which unrelated wide layers resemble each other too."""
    batches: Literal["mean_of_cka", "ratio_of_means"] = "mean_of_cka"
    """mean_of_cka, or ratio_of_means."""
    level: ProperShare = 0.95
    """Similarity to the last epoch from which on a layer counts as settled."""


@dataclass(frozen=True, kw_only=True)
class Stitching:
    """The study of stitched networks (paper 3)."""

    experiments: Mapping[str, StitchingExperiment] = field(default_factory=dict)
    """Networks to stitch, by a name of your choice."""
    recipe: StitchRecipe = field(default_factory=StitchRecipe)
    """How stitches are made and trained."""
    convergence: Convergence = field(default_factory=Convergence)
    """How the convergence of layers is measured, of the experiments that ask for it."""
    memory_mb: Count = 4000
    """Bound on the memory that activations take, in MB; more lie in a temporary file. Changes no result."""
