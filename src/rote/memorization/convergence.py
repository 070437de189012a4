"""How fast memorization scores settle as trials are added, and how many trials a wanted precision takes.

Trials are independent, so a score's squared standard error falls as one over their number. From the shares of all
trials follow the standard errors of fewer or more, and from these the correlation and the difference of two sets of
scores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from rote.errors import ConfigError, DataError
from rote.memorization.scores import Floats, Scores, ScoreSums, as_bits

ALL_TRIALS, INDEPENDENT_HALF = "all_trials", "independent_half"


@dataclass(frozen=True)
class Convergence:
    """Scores of some trials beside those of a reference; NaN where a correlation is not defined.

    Attributes
    ----------
    trials : int
        Number of trials that the scores rest on.
    reference : str
        ALL_TRIALS, which include these, or INDEPENDENT_HALF, which does not.
    reference_trials : int
        Number of trials that the reference rests on.
    examples : int
        Number of examples compared: those that two trials or more held and two or more did not, here and there.
    pearson, spearman : float
        Correlation and rank correlation of the two sets of scores.
    predicted_pearson : float
        Correlation that the shares of all trials predict.
    mean_standard_error : float
        Mean of the scores' standard errors.
    typical_error : float
        Root mean square standard error from unbiased variances: with few trials the plug-in ones are too small.
    predicted_error : float
        The same as the shares of all trials predict it for this number.
    difference, predicted_difference : float
        Root mean square difference of the two sets of scores, and what the shares of all trials predict.
    """

    trials: int
    reference: str
    reference_trials: int
    examples: int
    pearson: float
    spearman: float
    predicted_pearson: float
    mean_standard_error: float
    typical_error: float
    predicted_error: float
    difference: float
    predicted_difference: float


def convergence(
    membership: ArrayLike, correct: ArrayLike, n_trials: Sequence[int], generator: np.random.Generator | None = None
) -> list[Convergence]:
    """Compare the scores of some trials with those of all, and with those of an independent half.

    Parameters
    ----------
    membership, correct : array-like, shape (trials, n), bool
        As in `rote.memorization.scores.memorization_scores`.
    n_trials : sequence of int
        Numbers of trials to take scores from, from 1 up to all.
    generator : numpy.random.Generator, optional
        Draws the order in which trials are taken; without it, it is the order given. The independent half is the
        last half of that order.

    Returns
    -------
    list of Convergence
        For each number of trials, ascending: the comparison with all trials and, where these leave the half out,
        with that half. Numbers so small that fewer than two examples can be compared are left out.

    Raises
    ------
    DataError
        As `memorization_scores`.
    ConfigError
        If a number of trials is none that there is.
    """
    held, right = as_bits(membership, "membership"), as_bits(correct, "correctness")
    if wrong := [t for t in n_trials if not 1 <= t <= len(held)]:
        raise ConfigError(f"there are {len(held)} trials: scores cannot be taken from {', '.join(map(str, wrong))}.")
    order = np.arange(len(held)) if generator is None else generator.permutation(len(held))
    half = len(held) // 2
    (everything,) = _running_scores(held, right, order, [len(held)])
    (other,) = _running_scores(held, right, order[len(held) - half :], [half])
    rows = []
    counts = sorted(set(n_trials))
    for t, scores in zip(counts, _running_scores(held, right, order, counts), strict=True):
        rows.append(_compare(t, scores, ALL_TRIALS, len(held), everything, everything))
        if t <= len(held) - half:
            rows.append(_compare(t, scores, INDEPENDENT_HALF, half, other, everything))
    return [row for row in rows if row is not None]


def trials_needed(scores: Scores, standard_error: float) -> int:
    """Number of trials at which the typical standard error of the scores is as small as wanted.

    Parameters
    ----------
    scores : Scores
        From trials at hand.
    standard_error : float
        Wanted root mean square standard error, over the examples with a score.

    Returns
    -------
    int
        At least 1. Single scores may have a larger error: `trials_needed_at_most` bounds them all.

    Raises
    ------
    ConfigError
        If the wanted standard error is not positive.
    DataError
        If no example was in two trials and out of two.
    """
    _check_positive(standard_error)
    variance = unbiased_variance(scores) * (scores.n_in + scores.n_out)
    if np.isnan(variance).all():
        raise DataError("how many trials are needed follows from examples in two trials and out of two: there is none")
    return max(1, ceil(float(np.nanmean(variance)) / standard_error**2))


def trials_needed_at_most(fraction: float, standard_error: float) -> int:
    """Number of trials at which every score's expected standard error is as small as wanted, whatever the network.

    The variance of a share is largest at ½: SE² ≤ (1/fraction + 1/(1 − fraction)) / (4 · trials).

    Parameters
    ----------
    fraction : float
        Share of the examples in a subset, in (0, 1).
    standard_error : float
        Wanted standard error > 0.

    Returns
    -------
    int

    Raises
    ------
    ConfigError
        If an argument is out of its range.
    """
    _check_positive(standard_error)
    if not 0 < fraction < 1:
        raise ConfigError(f"the share of examples in a subset must be between 0 and 1, not {fraction}.")
    return ceil((1 / fraction + 1 / (1 - fraction)) / 4 / standard_error**2)


def expected_variance(scores: Scores, n_in: NDArray[Any], n_out: NDArray[Any]) -> Floats:
    """Squared standard error that other numbers of trials give, by the shares of these; unbiased.

    With few trials the plug-in p(1−p)/n is too small by a factor (n−1)/n; p(1−p)/(n−1) is not.

    Parameters
    ----------
    scores : Scores, shape (...)
        From trials at hand.
    n_in, n_out : ndarray, shape (...)
        Numbers of trials in and out whose error is wanted.

    Returns
    -------
    ndarray, shape (...), float64
        NaN where fewer than two trials at hand were in or fewer than two out, and where none wanted is.
    """
    enough = (scores.n_in > 1) & (scores.n_out > 1) & (n_in > 0) & (n_out > 0)
    p_in, p_out = scores.p_in, scores.p_out

    def share(p: Floats, n: NDArray[Any], wanted: NDArray[Any]) -> Floats:
        variance: Floats = p * (1 - p) * n / np.where(enough, n - 1, 1) / np.where(enough, wanted, 1)
        return variance

    return np.where(enough, share(p_in, scores.n_in, n_in) + share(p_out, scores.n_out, n_out), np.nan)


def unbiased_variance(scores: Scores) -> Floats:
    """`expected_variance` of the very trials at hand, shape (...), float64."""
    return expected_variance(scores, scores.n_in, scores.n_out)


def _running_scores(
    membership: NDArray[np.bool_], correct: NDArray[np.bool_], order: NDArray[np.int64], counts: Sequence[int]
) -> Iterator[Scores]:
    sums, before = ScoreSums(membership.shape[1]), 0
    for count in counts:
        for trial in order[before:count]:
            sums.add(membership[trial : trial + 1], correct[trial : trial + 1])
        yield sums.scores()
        before = count


def _compare(
    trials: int, scores: Scores, reference: str, reference_trials: int, against: Scores, everything: Scores
) -> Convergence | None:
    variance = unbiased_variance(scores)
    shared = np.isfinite(variance) & np.isfinite(unbiased_variance(against))
    if shared.sum() < 2:
        return None
    ours, theirs = scores.score[shared], against.score[shared]
    error_all, error, reference_error = (
        float(expected_variance(everything, at.n_in, at.n_out)[shared].mean()) for at in (everything, scores, against)
    )
    # The scores' variance over examples is that of the true scores plus that of their errors.
    true = max(0.0, float(everything.score[shared].var()) - error_all)
    if reference == ALL_TRIALS:  # an average over more trials: its errors are shared
        covariance, apart = true + reference_error, error - reference_error
    else:
        covariance, apart = true, error + reference_error
    scale = sqrt((true + error) * (true + reference_error))
    return Convergence(
        trials,
        reference,
        reference_trials,
        int(shared.sum()),
        _correlation(ours, theirs),
        _correlation(rankdata(ours), rankdata(theirs)),
        covariance / scale if scale > 0 else float("nan"),
        float(scores.standard_error[shared].mean()),
        sqrt(variance[shared].mean()),
        sqrt(error),
        sqrt(float(np.square(ours - theirs).mean())),
        sqrt(max(0.0, apart)),
    )


def _correlation(one: Floats, other: Floats) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _check_positive(standard_error: float) -> None:
    if not standard_error > 0:
        raise ConfigError(f"the wanted standard error must be positive, not {standard_error}.")
