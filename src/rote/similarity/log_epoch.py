"""The logarithmic axis of epochs on which training is looked at."""

import numpy as np
from numpy.typing import NDArray

from rote.tables.training import EPOCH_ZERO


def log_epoch(epochs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place of epochs on the axis, log10 of the epoch, float64."""
    return np.log10(np.maximum(epochs, EPOCH_ZERO))


def even_grid(epochs: NDArray[np.int64], per_decade: float) -> NDArray[np.int64]:
    """Choose epochs evenly spaced on the axis.

    Parameters
    ----------
    epochs : ndarray
        Ascending, (E,).
    per_decade : float
        Points for each factor of ten, from the first epoch to the last.

    Returns
    -------
    ndarray
        Indices into `epochs`, ascending and unique: the epoch nearest to each point. Fewer than asked for where epochs
        are sparser than the points.
    """
    if not len(epochs):
        return np.empty(0, np.int64)
    places = log_epoch(epochs)
    points = np.linspace(places[0], places[-1], max(round((places[-1] - places[0]) * per_decade), 1) + 1)
    after = np.searchsorted(places, points).clip(1, max(len(places) - 1, 1))
    nearest = np.where(points - places[after - 1] <= places[after.clip(max=len(places) - 1)] - points, after - 1, after)
    return np.unique(nearest.clip(0, len(places) - 1))


def cells(epochs: NDArray[np.int64], start: float, end: float) -> NDArray[np.float64]:
    """Length of the stretch of the axis from `start` to `end` that is nearer to each epoch than to any other.

    Parameters
    ----------
    epochs : ndarray
        Ascending, (E,).
    start, end : float
        In log10 epochs.

    Returns
    -------
    ndarray
        Float64 (E,), of sum `end` − `start`.
    """
    places = log_epoch(epochs)
    middles = (places[1:] + places[:-1]) / 2
    edges = np.concatenate([[-np.inf], middles, [np.inf]]).clip(start, end)
    return np.diff(edges)
