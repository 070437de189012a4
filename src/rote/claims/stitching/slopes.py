"""What claims on the share of random labels ask: lines through 0, and how they bend."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def slope_through_zero(x: Floats, y: Floats) -> float:
    """Slope of the line through the origin that is nearest to points, x and y (n,); NaN where all x are 0."""
    square = float(x @ x)
    return float(x @ y) / square if square > 0 else float("nan")


def slope(x: Floats, y: Floats) -> float:
    """Slope of the nearest line; NaN where x does not vary or y is not known throughout."""
    if len(x) < 2 or np.ptp(x) == 0 or not np.isfinite(y).all():
        return float("nan")
    centred = x - x.mean()
    return float(centred @ y) / float(centred @ centred)


def bend(x: Floats, y: Floats) -> float:
    """What the square adds to a line through the origin at the largest x, in units of y: 0 for a straight line.

    NaN for fewer than three different x, which any such curve passes nearly through.
    """
    if len(np.unique(x)) < 3:
        return float("nan")
    design = np.stack([x, x**2], axis=1)
    _, square = np.linalg.lstsq(design, y, rcond=None)[0]
    return float(square * x.max() ** 2)
