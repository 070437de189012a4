"""Memorization scores: how much likelier an example is classified as labelled when it was in the training subset.

Feldman & Zhang, "What Neural Networks Memorize and Why: Discovering the Long Tail via Influence Estimation" (2020),
Eq. 1 and Algorithm 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]

BLOCK = 64  # trials summed at once


@dataclass(frozen=True, eq=False)
class Scores:
    """Difference of two frequencies of a correct answer: with an example in the training subset, and without it.

    Attributes
    ----------
    correct_in, correct_out : ndarray, shape (...)
        Number of trials with and without the example whose answer is correct: whole numbers.
    n_in, n_out : ndarray, shape (...)
        Number of trials with and without the example; broadcasts with the above.
    """

    correct_in: NDArray[Any]
    correct_out: NDArray[Any]
    n_in: NDArray[Any]
    n_out: NDArray[Any]

    @property
    def p_in(self) -> Floats:
        """Share of correct answers with the example, shape (...), float64; NaN where it was never in."""
        return _ratio(self.correct_in, self.n_in)

    @property
    def p_out(self) -> Floats:
        """Share of correct answers without the example, shape (...), float64; NaN where it was never out."""
        return _ratio(self.correct_out, self.n_out)

    @property
    def score(self) -> Floats:
        """Memorization or influence p_in − p_out in [−1, 1], shape (...), float64; NaN where either is."""
        return self.p_in - self.p_out

    @property
    def standard_error(self) -> Floats:
        """√(p_in(1−p_in)/n_in + p_out(1−p_out)/n_out), shape (...), float64; NaN where the score is.

        The observed shares stand for the true ones, so it is 0 where all trials agree, however few they are.
        """
        p_in, p_out = self.p_in, self.p_out
        return np.sqrt(_ratio(p_in * (1 - p_in), self.n_in) + _ratio(p_out * (1 - p_out), self.n_out))

    @property
    def undefined(self) -> int:
        """Number of examples without a score: in every trial, or in none."""
        return int(np.isnan(self.score).sum())


class ScoreSums:
    """Counts that scores follow from, added up over trials in any order and in batches of any size.

    Parameters
    ----------
    n_examples : int
    """

    def __init__(self, n_examples: int) -> None:
        self._n_trials = 0
        self._n_in, self._correct, self._correct_in = np.zeros((3, n_examples), np.int64)

    def add(self, membership: ArrayLike, correct: ArrayLike) -> None:
        """Add trials, each of which counts once.

        Parameters
        ----------
        membership, correct : array-like, shape (trials, n_examples), bool
            Whether the trial trained on the example, and whether it classifies it as labelled.

        Raises
        ------
        DataError
            If they are not boolean, or not of this shape.
        """
        membership, correct = as_bits(membership, "membership"), as_bits(correct, "correctness")
        if membership.shape != correct.shape or membership.shape[1] != len(self._n_in):
            raise DataError(
                f"membership {membership.shape} and correctness {correct.shape} must both have the shape "
                f"(trials, {len(self._n_in)})"
            )
        for first in range(0, len(membership), BLOCK):
            held, right = membership[first : first + BLOCK], correct[first : first + BLOCK]
            self._n_trials += len(held)
            self._n_in += held.sum(axis=0)
            self._correct += right.sum(axis=0)
            self._correct_in += (held & right).sum(axis=0)

    def scores(self) -> Scores:
        """Scores of the trials added so far, shape (n_examples,)."""
        return Scores(
            self._correct_in.copy(), self._correct - self._correct_in, self._n_in.copy(), self._n_trials - self._n_in
        )


def memorization_scores(membership: ArrayLike, correct: ArrayLike) -> Scores:
    """Memorization scores of all examples.

    Parameters
    ----------
    membership, correct : array-like, shape (trials, n), bool
        Whether a trial trained on an example, and whether it then classifies it as labelled.

    Returns
    -------
    Scores
        Of shape (n,). An example that was in every trial, or in none, has the score NaN; `undefined` counts them.

    Raises
    ------
    DataError
        If they are not boolean, or differ in shape.
    """
    membership = as_bits(membership, "membership")
    sums = ScoreSums(membership.shape[1])
    sums.add(membership, correct)
    return sums.scores()


def as_bits(array: ArrayLike, what: str) -> NDArray[np.bool_]:
    """The array itself if it is boolean and of shape (trials, examples); `what` names it in the error.

    Raises
    ------
    DataError
        If it is not.
    """
    bits = np.asarray(array)
    if bits.dtype != bool or bits.ndim != 2:
        raise DataError(f"{what} must be boolean, of shape (trials, examples), not {bits.dtype} {bits.shape}")
    return bits


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    ratio = np.full(shape, np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator > 0, dtype=np.float64)
    return ratio
