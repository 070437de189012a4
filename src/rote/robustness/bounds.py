"""What a count of noisy predictions certifies, in float64.

Cohen, Rosenfeld & Kolter, "Certified Adversarial Robustness via Randomized Smoothing" (2019), section 3.2.2: if of n
predictions under noise `count` are the class asked about, then with probability at least 1 − α the class's true share
is at least the lower Clopper-Pearson bound p, and if p > ½ the smoothed classifier predicts the class for all inputs
within σ Φ⁻¹(p). Float32 would be off by 2e-5 where the count is near n.
"""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from rote.binomial import lower_bound
from rote.errors import ConfigError
from rote.options import check_positive

Floats = NDArray[np.float64]


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
