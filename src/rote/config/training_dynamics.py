"""The study of training dynamics (paper 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge

from rote.config.bounds import Count
from rote.config.comparison import Comparison, RunsWith


@dataclass(frozen=True, kw_only=True)
class Cka:
    """How similarity is estimated."""

    estimator: Literal["biased", "unbiased"] = "biased"
    """biased (the paper's text) or unbiased (the package it names)."""
    batches: Literal["mean_of_cka", "ratio_of_means"] = "mean_of_cka"
    """mean_of_cka (the paper's text) or ratio_of_means (the package it names)."""
    memory_mb: Count = 1000
    """Bound on the memory that blocks of Gram rows take, in MB; changes no result beyond rounding."""
    permutations: Annotated[int, Ge(2)] = 20
    """Permutations of the images for the chance level."""


@dataclass(frozen=True, kw_only=True)
class Evolution:
    """How much a tap evolves."""

    windows_per_decade: Count = 2
    """Windows per factor of ten in epochs."""


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """Transition epochs between similarity blocks."""

    epochs_per_decade: Annotated[int, Ge(2)] = 16
    """Epochs for each factor of ten among which transitions are looked for."""
    max_transitions: Count = 5
    """Largest number of transitions considered."""
    samples: Annotated[int, Ge(2)] = 100
    """Random halves of the images from which a transition's interval is taken."""


@dataclass(frozen=True, kw_only=True)
class TrainingDynamics:
    """The study of training dynamics (paper 5)."""

    runs: RunsWith = field(default_factory=dict)
    """Runs of the study, each with the name of the set of Gram rows by which its epochs are compared; or a list of
    runs, with the only such set there is."""
    cka: Cka = field(default_factory=Cka)
    """How similarity is estimated."""
    evolution: Evolution = field(default_factory=Evolution)
    """How much a tap evolves."""
    transitions: Transitions = field(default_factory=Transitions)
    """Transition epochs between similarity blocks."""
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    """Figures that draw runs side by side, by a name of your choice."""
