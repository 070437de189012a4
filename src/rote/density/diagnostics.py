"""Diagnostics of Markov chains: whether several chains that follow one quantity agree.

Rank-normalised split R-hat and bulk effective sample size of Vehtari et al., "Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC" (2021), as ArviZ computes them.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from rote.density.prior import Floats
from rote.errors import DataError, RoteError
from rote.plain_matplotlib import user_settings_aside

R_HAT_LIMIT = 1.1
FEWEST_DRAWS = 4  # of a chain, so that its halves have variances


@dataclass(frozen=True)
class Diagnosis:
    """What the traces of one quantity say about their chains.

    Attributes
    ----------
    mean, deviation : float
        Mean and standard deviation (1/n) over all draws of all chains.
    r_hat : float or None
        Rank-normalised split R-hat; None where it is not defined: no half of a chain varies, or chains are too short.
    effective_sample_size : float or None
        Bulk effective sample size of all chains together; None as for `r_hat`.
    converged : bool
        Whether R-hat is at most 1.1, or all draws are equal.
    """

    mean: float
    deviation: float
    r_hat: float | None
    effective_sample_size: float | None
    converged: bool


def diagnose(trace: ArrayLike) -> Diagnosis:
    """Compare the chains that follow one quantity.

    Parameters
    ----------
    trace : array-like, shape (chains, draws)
        The quantity after each kept sweep. The halves of a single chain stand for two chains: they show that it
        drifts, but not that it stays near where it began.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DataError
        If the trace is not of that shape or holds a NaN or an infinity.
    """
    values = np.asarray(trace, np.float64)
    if values.ndim != 2 or not values.size:
        raise DataError(f"a trace must have the shape (chains, draws), with at least one of each, not {values.shape}")
    if not np.isfinite(values).all():
        raise DataError("a trace holds a NaN or an infinity: look for the sweep of the sampler where it began")
    mean, deviation = float(values.mean()), float(values.std())
    chains = values if len(values) > 1 else _halves(values)
    if chains.shape[1] < FEWEST_DRAWS or not np.ptp(_halves(chains), axis=1).any():
        return Diagnosis(mean, deviation, None, None, bool((values == values[0, 0]).all()))
    arviz = _arviz_stats()
    r_hat = float(arviz.rhat(chains, method="rank"))
    return Diagnosis(mean, deviation, r_hat, float(arviz.ess(values, method="bulk")), r_hat <= R_HAT_LIMIT)


def disagreement(diagnoses: Mapping[tuple[int, str], Diagnosis]) -> str | None:
    """Say in one sentence where chains do not agree.

    Parameters
    ----------
    diagnoses : mapping of (class, quantity) to Diagnosis

    Returns
    -------
    str or None
        None if all chains agree.
    """
    classes: dict[str, list[str]] = {}
    for (number, quantity), diagnosis in diagnoses.items():
        if not diagnosis.converged:
            classes.setdefault(quantity, []).append(str(number))
    if not classes:
        return None
    where = "; ".join(f"{quantity} of class {', '.join(numbers)}" for quantity, numbers in classes.items())
    return (
        f"Chains disagree (R-hat above {R_HAT_LIMIT} or undefined) on {where}: take more sweeps, or do not rely on it."
    )


def _halves(chains: Floats) -> Floats:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]])


def _arviz_stats() -> ModuleType:
    """ArviZ, imported late because it takes seconds, without its announcement of a new major version.

    It loads matplotlib, which no user's settings shall stop.

    Raises
    ------
    RoteError
        If the user's caches, where it keeps the day of that announcement, cannot be written to.
    """
    with user_settings_aside(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\s*ArviZ is undergoing", FutureWarning)
        try:
            return import_module("arviz.stats")
        except OSError:  # another job has just moved the file that notes the day of the announcement; if not:
            try:
                return import_module("arviz.stats")
            except OSError as error:
                raise RoteError(
                    f"ArviZ finds no place for its cache ({error}). Say where it may lie: XDG_CACHE_HOME=/a/folder."
                ) from error
