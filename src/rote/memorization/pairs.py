"""Selection of pairs of a training and a test example with high influence, and how many chance would select.

Where training example i has no influence on test example k, whether a trial answers k correctly is independent of
whether it held i. Given how many of the T trials held i and how many answered k correctly, the number that did both
is then hypergeometric, whatever the two shares and T: Fisher's exact test. A normal approximation has no standard
error where one group always fails, and is far off in the tail that a selection among 10⁸ pairs needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from rote.errors import ConfigError, DataError
from rote.memorization.influence import MEMORY, check_trials, influence_scores
from rote.memorization.scores import Floats, Scores

Integers = NDArray[np.int64]

MEMORIZATION_THRESHOLD, INFLUENCE_THRESHOLD = 0.25, 0.15  # of Feldman & Zhang (2020), section 3


@dataclass(frozen=True, eq=False)
class Pairs:
    """Selected pairs, by training and then by test example.

    Attributes
    ----------
    train, test : ndarray, shape (r,), int64
        Numbers of the two examples.
    effect : Scores, shape (r,)
        `score` is the influence, `standard_error` its standard error.
    p_value : ndarray, shape (r,), float64
        One-sided p-value of Fisher's exact test of no influence against a positive one.
    tested : int
        Number of pairs that could have been selected.
    expected_by_chance : float
        Upper bound on the expected number of selected pairs without influence; a bound, since it takes all tested
        pairs (thresholds) or the wanted rate (false discovery rate) for its base.
    """

    train: Integers
    test: Integers
    effect: Scores
    p_value: Floats
    tested: int
    expected_by_chance: float

    @property
    def false_discovery_rate(self) -> float:
        """Bound on the share of the selected pairs that have no influence; 0 if none is selected."""
        return min(1.0, self.expected_by_chance / len(self.train)) if len(self.train) else 0.0


@dataclass(frozen=True, eq=False)
class _Found:
    """Pairs that may be selected, columns (r,): both examples, correct answers with the training example, p-value."""

    train: Integers
    test: Integers
    correct_in: Integers
    p_value: Floats

    def __len__(self) -> int:
        return len(self.train)

    def __getitem__(self, rows: NDArray[Any]) -> "_Found":
        return _Found(self.train[rows], self.test[rows], self.correct_in[rows], self.p_value[rows])

    def __add__(self, other: "_Found") -> "_Found":
        return _Found(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))


_NONE = np.zeros(0, np.int64)
NOTHING = _Found(_NONE, _NONE, _NONE, np.zeros(0))


@dataclass(frozen=True, eq=False)
class _Group:
    """All test examples beside training examples that were in equally many trials.

    Whatever is to be known of a pair then follows from two numbers, which index the tables: how often the test
    example is answered correctly, as a row, and how often with the training example, as a column.
    """

    train: Integers  # (g,)
    correct_in: Integers  # (g, n_test)
    row: Integers  # (n_test,)
    least: Integers  # (rows,), the smallest number of correct answers with the training example that there can be
    tail: Floats  # (rows, columns), the probability of so many or more by chance
    influence: Floats  # (rows, columns); without meaning where there cannot be so many

    @property
    def size(self) -> int:
        return self.correct_in.size

    def pairs(self, selected: NDArray[np.bool_]) -> _Found:
        """Pairs whose place in the tables is selected."""
        column = self.correct_in - self.least[self.row]
        example, test = np.nonzero(selected[self.row, column])
        p_value = self.tail[self.row[test], column[example, test]]
        return _Found(self.train[example], test, self.correct_in[example, test], p_value)


def pairs_above(
    membership: ArrayLike,
    test_correct: ArrayLike,
    memorized: ArrayLike,
    threshold: float = INFLUENCE_THRESHOLD,
    *,
    memory: int = MEMORY,
) -> Pairs:
    """Pairs whose influence reaches a threshold, as in Feldman & Zhang (2020).

    Parameters
    ----------
    membership, test_correct, memory
        As in `rote.memorization.influence.influence_scores`.
    memorized : array-like, shape (n_train,), bool
        Training examples to select from; the paper's are those with a score of at least MEMORIZATION_THRESHOLD.
    threshold : float
        Least influence, in (0, 1].

    Returns
    -------
    Pairs
        `expected_by_chance` is the number of tested pairs, had none any influence, that would reach the threshold.

    Raises
    ------
    DataError, ConfigError
        As `influence`; also if `memorized` is not boolean of shape (n_train,), or the threshold not in (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ConfigError(f"the threshold of influence must be in (0, 1], not {threshold}")
    found, tested, expected = NOTHING, 0, 0.0
    for group in _groups(membership, test_correct, memorized, memory):
        selected = group.influence >= threshold
        least = selected.argmax(axis=1)[:, None]
        chance = np.where(selected.any(axis=1), np.take_along_axis(group.tail, least, axis=1)[:, 0], 0.0)
        tested += group.size
        expected += len(group.train) * float(chance[group.row].sum())
        found += group.pairs(selected)
    return _complete(found, membership, test_correct, tested, expected)


def pairs_at_rate(
    membership: ArrayLike, test_correct: ArrayLike, memorized: ArrayLike, rate: float, *, memory: int = MEMORY
) -> Pairs:
    """Pairs with a positive influence at a bounded false discovery rate, by Benjamini & Hochberg (1995).

    The bound holds for independent and for positively dependent tests. What is kept while the pairs stream by falls
    as the rest grows fewer, so that at most about rate/4 of all pairs are held besides those with influence. Tables of
    p-values take 60 MB more at 2,000 trials, and grow with their square.

    Parameters
    ----------
    membership, test_correct, memorized, memory
        As in `pairs_above`.
    rate : float
        Wanted bound, in (0, 1), on the expected share of selected pairs without influence.

    Returns
    -------
    Pairs
        `expected_by_chance` is `rate` times their number.

    Raises
    ------
    DataError, ConfigError
        As `pairs_above`, for the rate in place of the threshold.
    """
    if not 0 < rate < 1:
        raise ConfigError(f"the false discovery rate must be between 0 and 1, not {rate}")
    tested = len(_testable(membership, test_correct, memorized)) * np.shape(test_correct)[1]
    found, rest = NOTHING, tested
    for group in _groups(membership, test_correct, memorized, memory):
        found += group.pairs(group.tail <= rate * (len(found) + rest) / tested)
        rest -= group.size
        found = found[found.p_value <= rate * (len(found) + rest) / tested]
    # Benjamini and Hochberg's set is the largest whose p-values are at most rate · size / tested.
    while not (kept := found.p_value <= rate * len(found) / max(tested, 1)).all():
        found = found[kept]
    return _complete(found, membership, test_correct, tested, rate * len(found))


def chance_of_as_many(n_trials: int, n_in: int, correct: ArrayLike) -> tuple[Integers, Floats]:
    """Upper tails of the hypergeometric distribution: p-values of Fisher's exact test.

    Parameters
    ----------
    n_trials, n_in : int
        Number of trials, and of those that held the training example, 0 < n_in < n_trials.
    correct : array-like of int, shape (m,)
        Numbers of trials whose answer is correct.

    Returns
    -------
    least : ndarray, shape (m,), int64
        Smallest number of trials that can have held the example and be correct.
    tail : ndarray, shape (m, min(n_in, n_trials − n_in) + 1), float64
        Probability that least + column trials or more are both, if that is independent; 0 where there cannot be so
        many. Relative error about 1e-11 at 2,000 trials.
    """
    correct = np.asarray(correct, np.int64)[:, None]
    n_out = n_trials - n_in
    least = np.maximum(0, correct - n_out)
    both = least + np.arange(min(n_in, n_out) + 1)
    log_factorial = gammaln(np.arange(n_trials + 1) + 1.0)

    def log_choices(n: ArrayLike, k: Integers) -> Floats:
        chosen = log_factorial[n] - log_factorial[k] - log_factorial[np.asarray(n) - k]
        return np.asarray(chosen, np.float64)

    possible = both <= np.minimum(correct, n_in)
    both = np.where(possible, both, least)
    log_probability = log_choices(n_in, both) + log_choices(n_out, correct - both) - log_choices(n_trials, correct)
    probability = np.where(possible, np.exp(log_probability), 0.0)
    tail = np.cumsum(probability[:, ::-1], axis=1)[:, ::-1]  # from the far end, where the terms are smallest
    return least[:, 0], np.minimum(tail, 1.0)


def _testable(membership: ArrayLike, test_correct: ArrayLike, memorized: ArrayLike) -> Integers:
    """Training examples to select from, by the number of trials that held them; neither all nor none did."""
    held, _ = check_trials(membership, test_correct)
    chosen = np.asarray(memorized)
    if chosen.dtype != bool or chosen.shape != held.shape[1:]:
        raise DataError(
            f"a choice among {held.shape[1]} training examples is boolean, not {chosen.dtype} {chosen.shape}"
        )
    n_in = held.sum(axis=0)
    train = np.flatnonzero(chosen & (n_in > 0) & (n_in < len(held)))
    return train[np.argsort(n_in[train], kind="stable")]


def _groups(membership: ArrayLike, test_correct: ArrayLike, memorized: ArrayLike, memory: int) -> Iterator[_Group]:
    train = _testable(membership, test_correct, memorized)
    correct, row = np.unique(np.asarray(test_correct).sum(axis=0), return_inverse=True)
    n_trials = len(np.asarray(membership))
    for block, effect in influence_scores(membership, test_correct, train=train, memory=memory):
        n_ins = effect.n_in[:, 0].astype(np.int64)
        for n_in in np.unique(n_ins).tolist():
            same = n_ins == n_in
            least, tail = chance_of_as_many(n_trials, n_in, correct)
            both = least[:, None] + np.arange(tail.shape[1])
            score = Scores(both, correct[:, None] - both, np.array(n_in), np.array(n_trials - n_in)).score
            yield _Group(block[same], effect.correct_in[same].astype(np.int64), row, least, tail, score)


def _complete(
    found: _Found, membership: ArrayLike, test_correct: ArrayLike, tested: int, expected_by_chance: float
) -> Pairs:
    found = found[np.lexsort((found.test, found.train))]
    held, right = check_trials(membership, test_correct)
    n_in, correct = held.sum(axis=0)[found.train], right.sum(axis=0)[found.test]
    effect = Scores(found.correct_in, correct - found.correct_in, n_in, len(held) - n_in)
    return Pairs(found.train, found.test, effect, found.p_value, tested, expected_by_chance)
