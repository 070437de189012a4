"""Random subsets of the training set, one per trial.

Feldman & Zhang, "What Neural Networks Memorize and Why: Discovering the Long Tail via Influence Estimation" (2020),
Algorithm 1: trial t trains on a subset of a fixed share of the examples, drawn without replacement.
"""

import numpy as np
from numpy.typing import NDArray

from rote.errors import ConfigError
from rote.options import check_positive
from rote.seeds import Seeds


def subset(n_examples: int, trial: int, fraction: float, seeds: Seeds) -> NDArray[np.bool_]:
    """Which examples one trial trains on.

    Parameters
    ----------
    n_examples : int
        Size n of the training set.
    trial : int
        Number of the trial, from 0.
    fraction : float
        Share of the examples that a trial trains on; the paper's is 0.7.
    seeds : Seeds
        Of the data set or group of trials that the draw belongs to.

    Returns
    -------
    ndarray, shape (n_examples,), bool
        True for exactly int(fraction · n) examples. It depends on nothing but the arguments.

    Raises
    ------
    ConfigError
        If every or no example would be in the subset, or the trial's number is negative.
    """
    size = subset_size(n_examples, fraction)
    if trial < 0:
        raise ConfigError(f"trials are numbered from 0; there is no trial {trial}.")
    chosen = np.zeros(n_examples, bool)
    chosen[seeds.generator("memorization subset", trial).permutation(n_examples)[:size]] = True
    return chosen


def draw_subsets(
    n_examples: int, n_trials: int, fraction: float, seed: int, name: str = "", first: int = 0
) -> NDArray[np.bool_]:
    """Which examples each of several trials trains on.

    Parameters
    ----------
    n_examples, n_trials : int
    fraction : float
        As in `subset`.
    seed : int
        The study's.
    name : str
        Data set or group of trials that the draws belong to.
    first : int
        Number of the first trial.

    Returns
    -------
    ndarray, shape (n_trials, n_examples), bool
        Row t is the subset of trial first + t, so more trials only add rows.

    Raises
    ------
    ConfigError
        As `subset`, and if `n_trials` is not a positive whole number.
    """
    check_positive(n_trials=n_trials)
    seeds = Seeds(seed, name)
    return np.stack([subset(n_examples, first + t, fraction, seeds) for t in range(n_trials)])


def subset_size(n_examples: int, fraction: float) -> int:
    """Number int(fraction · n) of examples in each subset; arguments and errors as in `subset`."""
    check_positive(n_examples=n_examples)
    size = int(fraction * n_examples) if 0 < fraction < 1 else 0
    if size < 1:
        raise ConfigError(
            f"subsets of a share of {fraction} of {n_examples} examples would hold none or all of them; "
            "give a fraction between 0 and 1 that leaves some in and some out."
        )
    return size
