"""Double descent: whether a curve has a peak between a valley and a descent, or only noise.

A largest rise between two falls is never negative, of a falling curve with noise neither. It is therefore held against
the heights that the best monotone curve would give, with the noise of the seeds.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from rote.errors import DataError

Floats = NDArray[np.float64]


class Peak(NamedTuple):
    """A largest rise between two falls."""

    height: float
    """The lesser of the rise from the valley and the fall after the peak; 0 for a monotone curve"""
    place: int | None
    """Where the peak is along the curve; None for a monotone curve"""


def peak(curve: Floats) -> Peak:
    """Largest peak of a curve that has a valley before it and a lower value after it.

    Parameters
    ----------
    curve : ndarray of shape (n,)
        In order of model size.

    Returns
    -------
    Peak
    """
    before = np.minimum.accumulate(curve)
    after = np.minimum.accumulate(curve[::-1])[::-1]
    heights = curve - np.maximum(before, after)
    place = int(heights.argmax())
    return Peak(float(heights[place]), place) if heights[place] > 0 else Peak(0.0, None)


def misfit(curve: Floats) -> float:
    """Root mean square distance of a curve (n,) from the nearest monotone one, rising or falling."""
    return float(np.sqrt(min(np.mean((curve - _monotone(curve, rising)) ** 2) for rising in (True, False))))


def peak_above_noise(
    curves: Floats, generator: np.random.Generator, *, n_resamples: int = 1000, level: float = 0.025
) -> float:
    """Height of the mean curve's peak above what a curve without one reaches by the noise of the seeds.

    Parameters
    ----------
    curves : ndarray of shape (seeds, n)
        In order of model size; two seeds or more.
    generator : numpy.random.Generator
    n_resamples : int
        Mean curves drawn under the null: the best monotone fit of the mean plus, at each size, the deviations of
        seeds drawn with replacement.
    level : float
        Share of them whose peak is higher than what is subtracted.

    Returns
    -------
    float
        Above 0 for a peak that the null reaches with less than this probability.

    Raises
    ------
    DataError
        If there are fewer than two seeds, or fewer than three sizes.
    """
    if curves.ndim != 2 or len(curves) < 2 or curves.shape[1] < 3:
        raise DataError(
            f"a peak is looked for in curves of shape (2 or more seeds, 3 or more sizes), not {curves.shape}."
        )
    mean = curves.mean(axis=0)
    rising, falling = (_monotone(mean, way) for way in (True, False))
    null = rising if np.mean((mean - rising) ** 2) < np.mean((mean - falling) ** 2) else falling
    n = len(curves)
    deviations = (curves - mean) * np.sqrt(n / (n - 1))  # of a mean of n, they are too small by this
    drawn = generator.integers(n, size=(n_resamples, n, curves.shape[1]))
    noise = np.take_along_axis(np.broadcast_to(deviations, drawn.shape), drawn, axis=1).mean(axis=1)
    return peak(mean).height - float(np.quantile([peak(null + one).height for one in noise], 1 - level))


def _monotone(curve: Floats, rising: bool) -> Floats:
    return np.asarray(isotonic_regression(curve, increasing=rising).x, np.float64)
