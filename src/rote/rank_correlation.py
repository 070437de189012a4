"""Spearman's rank correlation, with a bootstrap interval."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

RESAMPLES = 2000
BLOCK = 1 << 22  # drawn pairs in memory at a time


def rank_correlation(x: Floats, y: Floats, random: np.random.Generator) -> tuple[float, float, float]:
    """Spearman's rank correlation of pairs, with a bootstrap interval over pairs.

    Parameters
    ----------
    x, y : ndarray, shape (C,), float64
    random : numpy.random.Generator

    Returns
    -------
    tuple of float
        The correlation, its 5 % and its 95 % quantile over resamples of the pairs; NaN where a side is constant.
        Resamples with a constant side are left out.
    """
    blocks = np.array_split(np.arange(RESAMPLES), max(1, -(-RESAMPLES * len(x) // BLOCK)))
    drawn = (random.integers(len(x), size=(len(block), len(x))) for block in blocks)
    correlations = np.concatenate([_spearman(x[chosen], y[chosen]) for chosen in drawn])
    correlations = correlations[np.isfinite(correlations)]
    low, high = np.quantile(correlations, [0.05, 0.95]) if len(correlations) else (np.nan, np.nan)
    return float(_spearman(x, y)), float(low), float(high)


def _spearman(x: Floats, y: Floats) -> Floats:
    """Rank correlations along the last axis; NaN where a side is constant."""
    x, y = (rankdata(side, axis=-1) - (side.shape[-1] + 1) / 2 for side in (x, y))
    scatter = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return np.asarray((x * y).sum(axis=-1) / np.where(scatter > 0, scatter, np.nan))
