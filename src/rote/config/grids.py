"""Grids of epochs: when a network is evaluated, when a checkpoint is kept."""

from dataclasses import dataclass

from rote.config.bounds import Count, Whole


@dataclass(frozen=True, kw_only=True)
class Logarithmic:
    """Epochs evenly spaced in log-epoch; give one of the two."""

    points_per_decade: Count | None = None
    """Epochs per factor of ten."""
    count: Count | None = None
    """Epochs from 1 to the last."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Epochs, in one of three ways; epoch 0 and the last are always among them."""

    every: Count | None = None
    """Every so many epochs."""
    piecewise: tuple[tuple[Whole, Whole, Count], ...] | None = None
    """Pieces [first, end, step] that follow one another, the end not included."""
    logarithmic: Logarithmic | None = None
    """Evenly spaced in log-epoch."""
