"""Memorization scores from trials on random subsets (paper 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, MinLen

from rote.config.bounds import Count, Positive, ProperShare, Whole


@dataclass(frozen=True, kw_only=True)
class PublishedScores:
    """A NumPy file with a score for each training example."""

    dataset: str
    """A name under datasets, in whose order the scores are."""
    file: str
    """The .npy or .npz file, relative to data_root (to data where that is null)."""
    field: str | None = None
    """Field of an .npz file; found by its usual names where left out."""
    checksum: str | None = None
    """SHA-256 that the file must have."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Trials on random subsets of a training set."""

    title: str | None = None
    """What figures call it; its name where left out."""
    dataset: str
    """A name under datasets."""
    labels: str = "true_labels"
    """A name under labels; the true labels where left out."""
    label_seed: Whole = 0
    """Number of the draw of corrupted labels."""
    architecture: str
    """A name under architectures."""
    recipe: str
    """A name under recipes."""
    trials: Annotated[int, Ge(4)] = 2000
    """Number of trials; more only add shards."""
    fraction: ProperShare = 0.7
    """Share of the training examples that a trial sees."""
    shard: Count = 1
    """Trials of one job, best a multiple of stack_size; changes no result."""
    stack_size: Count = 1
    """Trials trained side by side; faster for narrow networks on small images and batches."""
    compared_with: tuple[str, ...] = ()
    """Names of published scores with which these are correlated."""


@dataclass(frozen=True, kw_only=True)
class Memorization:
    """Memorization scores from trials on random subsets (paper 1)."""

    published: Mapping[str, PublishedScores] = field(default_factory=dict)
    """Scores that others have published, by a name of your choice; to be compared with or used in place of trials."""
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    """Sets of trials by a name of your choice."""
    wanted_errors: Annotated[tuple[Positive, ...], MinLen(1)] = (0.05, 0.02, 0.01)
    """Standard errors of a score for which the number of trials needed is given."""
    false_discovery_rate: ProperShare = 0.05
    """Bound on the false discovery rate of influential pairs."""
