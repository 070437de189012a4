"""Intervals of a statistic over independent units: trained seeds as a rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from rote.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A statistic with its two-sided confidence interval.

    Attributes
    ----------
    estimate : float
        NaN where the statistic is not defined.
    low, high : float
        Ends of the interval; NaN where the units are too few for one.
    n_units : int
        Number of independent units that the interval is over.
    confidence : float
        Nominal coverage, within (0, 1).
    unit : str
        What the units are, in the plural.
    """

    estimate: float
    low: float
    high: float
    n_units: int
    confidence: float = 0.95
    unit: str = "seeds"


def over_seeds(values: ArrayLike, confidence: float = 0.95, unit: str = "seeds") -> Interval:
    """Mean over units with Student's t interval.

    To compare two conditions that share their seeds, give the differences: the interval is then paired by seed.

    Parameters
    ----------
    values : array-like of shape (n,)
        One value a unit. A NaN says that the statistic is not defined for that unit; then no mean is.
    confidence : float
    unit : str

    Returns
    -------
    Interval
        Without ends for fewer than two units.

    Raises
    ------
    DataError
        If the values are not one row, or `confidence` is not within (0, 1).
    """
    row = _row(values, confidence)
    n = len(row)
    mean = float(row.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan, n, confidence, unit)
    half = float(stdtrit(n - 1, (1 + confidence) / 2) * row.std(ddof=1) / np.sqrt(n))
    return Interval(mean, mean - half, mean + half, n, confidence, unit)


def bootstrapped(
    values: Sequence[ArrayLike] | Floats,
    statistic: Callable[[Floats], float],
    generator: np.random.Generator,
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
    unit: str = "seeds",
) -> Interval:
    """Percentile interval of any statistic of the units: they are drawn again with replacement, whole.

    For statistics that are no mean over seeds: a peak of a mean curve, a correlation over widths. The percentile
    interval is too narrow for few units (Efron & Tibshirani 1993, chapter 13): `rote.claims.verdicts.judge` decides
    nothing from fewer than four.

    Parameters
    ----------
    values : array-like of shape (n, ...)
        One entry a unit.
    statistic : callable
        Maps entries of shape (n, ...) to a number.
    generator : numpy.random.Generator
    n_resamples : int
    confidence : float
    unit : str

    Returns
    -------
    Interval
        Without ends for fewer than two units, or where the statistic of a resample is not defined.

    Raises
    ------
    DataError
        If there is no unit, or `confidence` is not within (0, 1).
    """
    units = np.asarray(values, dtype=np.float64)
    _check(confidence)
    if units.ndim == 0 or len(units) == 0:
        raise DataError("an interval over no units was asked for: give one entry a unit, along the first axis.")
    n, estimate = len(units), float(statistic(units))
    if n < 2:
        return Interval(estimate, np.nan, np.nan, n, confidence, unit)
    draws = generator.integers(n, size=(n_resamples, n))
    found = np.array([statistic(units[draw]) for draw in draws])
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, float(low), float(high), n, confidence, unit)


def _row(values: ArrayLike, confidence: float) -> Floats:
    row = np.asarray(values, dtype=np.float64)
    _check(confidence)
    if row.ndim != 1:
        raise DataError(f"an interval over units takes one value a unit, not an array of shape {row.shape}.")
    return row


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise DataError(f"the confidence of an interval is within (0, 1), not {confidence}.")
