"""What a count of noisy predictions certifies, in float64.

Cohen, Rosenfeld & Kolter, "Certified Adversarial Robustness via Randomized Smoothing" (2019), section 3.2.2: if of n
predictions under noise `count` are the class asked about, then with probability at least 1 − α the class's true share
is at least the lower Clopper-Pearson bound p, and if p > ½ the smoothed classifier predicts the class for all inputs
within σ Φ⁻¹(p). Float32 would be off by 2e-5 where the count is near n.
"""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

from rote.errors import ConfigError, DataError
from rote.options import check_positive

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


def certified_radius(count: ArrayLike, n: ArrayLike, standard_deviation: float, alpha: float) -> Floats:
    """Radius within which the smoothed classifier's prediction cannot change, with probability at least 1 − α.

    Parameters
    ----------
    count, n : array-like of int, shapes that broadcast together
        Predictions of the class asked about, and all predictions.
    standard_deviation : float
        Standard deviation of the noise, positive.
    alpha : float
        Probability of an incorrect certificate, in (0, 1).

    Returns
    -------
    ndarray, float64
        Euclidean, in units of `standard_deviation`. NaN where the certificate abstains, as the class's share is not
        certainly more than ½.

    Raises
    ------
    ConfigError, DataError
        If an argument is out of its range.
    """
    if not 0 < standard_deviation < np.inf:
        raise ConfigError(
            f"standard_deviation must be a positive number, not {standard_deviation}: "
            "without noise nothing is certified."
        )
    share = lower_bound(count, n, alpha)
    return np.where(share > 0.5, standard_deviation * ndtri(share), np.nan)


def smallest_certifiable_count(n: int, alpha: float) -> int:
    """The least count among `n` predictions that has a certified radius.

    Parameters
    ----------
    n : int
    alpha : float

    Returns
    -------
    int
        n + 1 where even `n` of `n` have none: n is then at most log₂(1/α).

    Raises
    ------
    ConfigError
        If an argument is out of its range.
    """
    check_positive(n=n)
    return bisect_left(range(n + 1), True, key=lambda count: bool(lower_bound(count, n, alpha) > 0.5))
