"""Influence of training examples on test examples, in blocks.

Feldman & Zhang, "What Neural Networks Memorize and Why: Discovering the Long Tail via Influence Estimation" (2020),
Eq. 2: infl(i→k) is the accuracy on test example k of the trials that held training example i, minus that of the
trials that did not.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import ConfigError, DataError
from rote.memorization.scores import Scores, as_bits

MEMORY = 1 << 30
EXACT_TRIALS = 1 << 24  # float32 holds every whole number up to here, so sums of this many zeros and ones are exact
BYTES_PER_PAIR = 64  # the counts of a pair and what its influence, standard error and selection take in passing


def influence_scores(
    membership: ArrayLike, test_correct: ArrayLike, *, train: ArrayLike | None = None, memory: int = MEMORY
) -> Iterator[tuple[NDArray[np.int64], Scores]]:
    """Influence of training examples on all test examples.

    One product of 0/1 matrices counts correct answers with each training example; those without it are the rest.
    The product is taken in float32, exact whatever its order of summation, as no sum passes 2²⁴.

    Parameters
    ----------
    membership : array-like, shape (trials, n_train), bool
        Whether a trial trained on a training example.
    test_correct : array-like, shape (trials, n_test), bool
        Whether the trial classifies a test example correctly.
    train : array-like of int, optional
        Numbers of the training examples wanted, in the order wanted; all by default.
    memory : int
        Bytes that a block, its influence and its standard error may take beside the arguments. 50,000 × 10,000
        examples at 2,000 trials need 1 GiB for blocks of 1,500 training examples, 101 MB for blocks of one.

    Yields
    ------
    train : ndarray, shape (b,), int64
        Numbers of the training examples of a block.
    effect : Scores, shape (b, n_test)
        `score` is the influence and `standard_error` its standard error, float64; NaN for a training example that
        was in every trial or in none. The counts are whole numbers in float32.

    Raises
    ------
    DataError
        If the arrays are not boolean, differ in their number of trials, or have more than 2²⁴ trials.
    ConfigError
        If `memory` does not suffice for one training example.
    """
    membership, test_correct = check_trials(membership, test_correct)
    n_trials, n_test = test_correct.shape
    wanted = np.arange(membership.shape[1]) if train is None else np.asarray(train, np.int64)
    shared, each = 5 * n_trials * n_test, 5 * n_trials + BYTES_PER_PAIR * n_test
    if memory < shared + each:
        raise ConfigError(
            f"influence on {n_test} test examples over {n_trials} trials takes at least {shared + each} bytes of "
            f"memory, not {memory}: allow more, or take the test examples in parts."
        )
    rows = (memory - shared) // each
    return _blocks(membership, test_correct, wanted, rows)


def check_trials(membership: ArrayLike, test_correct: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The two arrays, checked; parameters and errors as in `influence_scores`."""
    membership, test_correct = as_bits(membership, "membership"), as_bits(test_correct, "test correctness")
    if len(membership) != len(test_correct):
        raise DataError(f"membership is of {len(membership)} trials, test correctness of {len(test_correct)}")
    if len(membership) > EXACT_TRIALS:
        raise DataError(f"{len(membership)} trials are more than the {EXACT_TRIALS} that float32 counts exactly")
    return membership, test_correct


def _blocks(
    membership: NDArray[np.bool_], test_correct: NDArray[np.bool_], wanted: NDArray[np.int64], rows: int
) -> Iterator[tuple[NDArray[np.int64], Scores]]:
    correct = test_correct.astype(np.float32)
    total = correct.sum(axis=0)
    for first in range(0, len(wanted), rows):
        train = wanted[first : first + rows]
        held = membership[:, train].astype(np.float32)
        n_in = held.sum(axis=0)[:, None]
        with np.errstate(all="ignore"):  # zeros and ones raise no flag; a BLAS may, from lanes that it discards
            correct_in = held.T @ correct
        yield train, Scores(correct_in, total - correct_in, n_in, len(membership) - n_in)
