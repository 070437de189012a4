"""Grids of epochs: when a network is evaluated, when a checkpoint is kept."""

from math import floor, log10

from rote.config import grids


class Grid(grids.Grid):
    """A grid of epochs, in one of three ways."""

    def epochs(self, last: int) -> tuple[int, ...]:
        """Epochs of the grid up to `last`, in ascending order; 0 (untrained) and `last` are always among them."""
        if self.every is not None:
            chosen = set(range(0, last, self.every))
        elif self.logarithmic is not None:
            chosen = _evenly_spaced(self.logarithmic, last)
        else:
            chosen = {epoch for piece in self.piecewise or () for epoch in range(*piece) if epoch < last}
        return tuple(sorted(chosen | {0, last}))


def _evenly_spaced(way: grids.Logarithmic, last: int) -> set[int]:
    """Epochs evenly spaced on a log axis, rounded to whole ones, so that early ones coincide."""
    if last < 1:
        return set()
    if way.points_per_decade is not None:
        steps = floor(way.points_per_decade * log10(last) + 1e-9)
        return {round(10 ** (i / way.points_per_decade)) for i in range(steps + 1)}
    intervals = max((way.count or 1) - 1, 1)
    return {round(last ** (i / intervals)) for i in range(intervals + 1)}
