"""One trained network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from rote.config.bounds import Count, Whole


@dataclass(frozen=True, kw_only=True)
class Run:
    """One trained network, or with axes a family of them."""

    title: str | None = None
    """What figures call it; its name where left out."""
    dataset: str
    """A name under datasets."""
    labels: str = "true_labels"
    """A name under labels; the true labels where left out."""
    label_seed: Whole = 0
    """Number of the draw of corrupted labels; runs with the same number train on the same labels."""
    architecture: str
    """A name under architectures."""
    recipe: str
    """A name under recipes."""
    seed: Whole = 0
    """Number of the run's own draws (initial weights, order, augmentation)."""
    seed_name: str | None = None
    """Name by which these draws are keyed; runs that share it and the seed share weights and order. The run's own
    where left out."""
    subset: Count | None = None
    """Train on so many examples, drawn at random; all where left out."""
    starting_weights: str | None = None
    """A name under weights; random initial weights where left out."""
    stack: str | None = None
    """A name of your choice: runs with the same one are trained together in one job, side by side, which is faster for
    narrow networks on small images and batches. They share data set, architecture, recipe and subset."""
    axes: Mapping[str, Count | Annotated[tuple[int | float | str, ...], MinLen(1)]] | None = None
    """Makes a family of runs, one for each combination of values: lists of values by axis, or a number n for
    0 to n − 1. A value stands for {axis} in the run's texts, 100 times it for {axis:percent}; an axis that bears the
    name of one of the other keys is that key's value."""
    name: str | None = None
    """Names of a family's members, with {axis} in them; NAME_axis_value… where left out, fractions in percent."""
