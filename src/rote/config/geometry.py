"""The study of manifold geometry (paper 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import MinLen

from rote.config.capacity import Capacity
from rote.config.embedding import Embedding
from rote.config.gradients import Gradients
from rote.config.rewinding import Rewinding
from rote.config.simulation import Simulation


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Runs that are equal but for their seeds: means over them and their intervals are drawn, and claims judged."""

    title: str
    """Title of its figures."""
    runs: Annotated[tuple[str, ...], MinLen(1)] | str
    """Its runs, one a seed: names, families, patterns such as vgg_*; or one family or pattern. Fewer than four decide
    no claim."""
    manifolds: str | None = None
    """Set of manifolds of which capacity, radius, dimension and centre correlation of every layer are measured; where
    left out they are not."""
    gradients: bool = False
    """Whether gradients are taken in the course of each run, and drawn."""
    rewinding: bool = False
    """Whether layers of each run's network are set back to earlier epochs, and its accuracies drawn."""
    embeddings: bool = False
    """Whether images of the manifolds are laid out in the plane; drawn is the first run."""
    simulation: bool = False
    """Whether the capacity of the manifolds is simulated too, and held against that of mean-field theory."""


@dataclass(frozen=True, kw_only=True)
class LabelNoise:
    """Experiments of one architecture that differ in the share of random labels: capacity against that share."""

    title: str
    """Title of its figure."""
    experiments: Annotated[tuple[str, ...], MinLen(1)]
    """Names of experiments with manifolds."""


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Runs of several widths with the same seeds each: error and geometry against the number of parameters."""

    title: str
    """Title of its figures."""
    runs: Annotated[tuple[str, ...], MinLen(1)] | str
    """Its runs, each width with the same seeds. Fewer than three widths or four seeds decide no claim."""
    manifolds: str | None = None
    """Set of manifolds of whose last layer the test images are drawn too; where left out, errors alone."""


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """The study of manifold geometry (paper 2)."""

    capacity: Capacity = field(default_factory=Capacity)
    """How capacity and geometry of manifolds are measured."""
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    """Networks on which the paper's figures are drawn, by a name of your choice."""
    label_noise: Mapping[str, LabelNoise] = field(default_factory=dict)
    """Figures of capacity against the share of random labels (Fig. A.8), by a name of your choice."""
    double_descent: Mapping[str, Widths] = field(default_factory=dict)
    """Networks of several widths (Figs 4C to 4E), by a name of your choice."""
    gradients: Gradients = field(default_factory=Gradients)
    """How gradients are taken, of the experiments that ask for them."""
    rewinding: Rewinding = field(default_factory=Rewinding)
    """How layers are set back, of the experiments that ask for it."""
    embeddings: Embedding = field(default_factory=Embedding)
    """How images are laid out in the plane, of the experiments that ask for it."""
    simulation: Simulation = field(default_factory=Simulation)
    """How capacity is simulated, of the experiments that ask for it."""
