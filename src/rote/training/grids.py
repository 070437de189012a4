"""Grids of epochs: when a network is evaluated, when a checkpoint is kept."""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from rote.errors import ConfigError
from rote.options import check_positive


@dataclass(frozen=True)
class Logarithmic:
    """Epochs evenly spaced on a log axis: a number per factor of ten, or a number from epoch 1 to the last."""

    points_per_decade: int | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        given = {name: value for name, value in vars(self).items() if value is not None}
        if len(given) != 1:
            raise ConfigError("give either points_per_decade or count.")
        check_positive(**given)

    def epochs(self, last: int) -> set[int]:
        """Rounded to whole epochs, so that early ones coincide."""
        if last < 1:
            return set()
        if self.points_per_decade is not None:
            steps = floor(self.points_per_decade * log10(last) + 1e-9)
            return {round(10 ** (i / self.points_per_decade)) for i in range(steps + 1)}
        intervals = max((self.count or 1) - 1, 1)
        return {round(last ** (i / intervals)) for i in range(intervals + 1)}


@dataclass(frozen=True)
class Grid:
    """A grid of epochs, in one of three ways.

    Attributes
    ----------
    every : int, optional
        Every so many epochs.
    piecewise : tuple of (int, int, int), optional
        Pieces (first, end, step) that follow one another: epochs from first up to, not including, end.
    logarithmic : Logarithmic, optional
    """

    every: int | None = None
    piecewise: tuple[tuple[int, int, int], ...] | None = None
    logarithmic: Logarithmic | None = None

    def __post_init__(self) -> None:
        if sum(way is not None for way in vars(self).values()) != 1:
            raise ConfigError("a grid of epochs is given by one of every, piecewise, logarithmic.")
        if self.every is not None:
            check_positive(every=self.every)
        for first, end, step in self.piecewise or ():
            if not 0 <= first < end or step < 1:
                raise ConfigError(f"the piece {[first, end, step]} of a grid is not [first, end > first, step ≥ 1].")
        for (_, end, _), (first, _, _) in pairwise(self.piecewise or ()):
            if first < end:
                raise ConfigError(f"the pieces of a grid overlap: one ends at {end}, the next begins at {first}.")

    def epochs(self, last: int) -> tuple[int, ...]:
        """Epochs of the grid up to `last`, in ascending order; 0 (untrained) and `last` are always among them."""
        if self.every is not None:
            chosen = set(range(0, last, self.every))
        elif self.logarithmic is not None:
            chosen = self.logarithmic.epochs(last)
        else:
            chosen = {epoch for piece in self.piecewise or () for epoch in range(*piece) if epoch < last}
        return tuple(sorted(chosen | {0, last}))
