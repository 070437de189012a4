"""What is certain of a probability after a count of successes: Clopper-Pearson bounds, in float64.

Clopper & Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial" (1934).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from rote.errors import ConfigError, DataError

Floats = NDArray[np.float64]


def lower_bound(count: ArrayLike, n: ArrayLike, alpha: float) -> Floats:
    """One-sided Clopper-Pearson lower bound, at level 1 − α, of a probability.

    Parameters
    ----------
    count, n : array-like of int, shapes that broadcast together
        Successes, and the independent draws that they are among.
    alpha : float
        Probability with which the bound may lie above the truth, in (0, 1).

    Returns
    -------
    ndarray, float64
        The p for which so many successes or more have probability α; 0 where there is none.

    Raises
    ------
    ConfigError
        If `alpha` is out of its range.
    DataError
        If a count is not between 0 and n.
    """
    if not 0 < alpha < 1:
        raise ConfigError(f"alpha must be a probability between 0 and 1, not {alpha}.")
    count, n = np.broadcast_arrays(np.asarray(count), np.asarray(n))
    if ((count < 0) | (count > n)).any():
        raise DataError("a count of successes must be from 0 to the number of draws")
    bound: Floats = betaincinv(np.maximum(count, 1.0), n - count + 1.0, alpha)
    return np.where(count > 0, bound, 0.0)


def interval(count: ArrayLike, n: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Two-sided Clopper-Pearson interval, at level 1 − α; parameters and errors as in `lower_bound`."""
    misses = np.subtract(n, count)
    return lower_bound(count, n, alpha / 2), 1 - lower_bound(misses, n, alpha / 2)
