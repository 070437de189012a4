"""Whether trials that round differently are draws of one law: trainings of equal seeds part ways after a few steps.

A trial says of every example whether it is classified as labelled. Other trials give the frequency of that, apart for
those that trained on the example and those that did not. A trial is as likely as its logarithm under these frequencies
says, itself left out; bits that belong to another subset, or examples in another order, are far less likely.
"""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]

NORMAL_MEDIAN = 0.6745  # median of |z|, by which a median absolute deviation becomes a standard deviation
EFFICIENCY = 0.37  # of the median absolute deviation, for normal values: so much of a sample tells (Rousseeuw 1993)
PRIOR = 0.5  # Jeffreys' Beta(½, ½): a frequency is never 0 or 1


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What some trials of one estimate came to.

    Attributes
    ----------
    number : ndarray, shape (T,), int
        Of each trial; trials of equal number have equal subsets.
    membership : ndarray, shape (T, n), bool
        Which training examples a trial saw.
    correct : ndarray, shape (T, n), bool
        Which of them it classifies as labelled.
    test_correct : ndarray, shape (T, n_test), bool
    """

    number: NDArray[np.int64]
    membership: Bits
    correct: Bits
    test_correct: Bits


def log_likelihoods(trials: Outcomes, others: Outcomes) -> Floats:
    """Log probability of each trial under the frequencies of the others, the trial of its own number left out.

    Parameters
    ----------
    trials, others : Outcomes
        They may be the same.

    Returns
    -------
    ndarray, shape (T,), float64
        In nats. Frequencies are (k + ½)/(m + 1) of k among m trials.
    """
    inside = others.membership
    seen = [bits.sum(0) for bits in (inside, inside & others.correct, ~inside, ~inside & others.correct)]
    test, found = others.test_correct.sum(0), np.empty(len(trials.number))
    for place, number in enumerate(trials.number):
        own = others.number == number
        member, correct = others.membership[own], others.correct[own]
        left = [bits.sum(0) for bits in (member, member & correct, ~member, ~member & correct)]
        of_in, right_in, of_out, right_out = (total - part for total, part in zip(seen, left, strict=True))
        saw = trials.membership[place]
        of, right = np.where(saw, of_in, of_out), np.where(saw, right_in, right_out)
        of_test, right_test = len(others.number) - own.sum(), test - others.test_correct[own].sum(0)
        found[place] = _log_probability(trials.correct[place], right, of)
        found[place] += _log_probability(trials.test_correct[place], right_test, np.full(len(test), of_test))
    return found


def _log_probability(correct: Bits, right: NDArray[np.int64], of: NDArray[np.int64]) -> float:
    frequency = (right + PRIOR) / (of + 2 * PRIOR)
    return float(np.log(np.where(correct, frequency, 1 - frequency)).sum())


@dataclass(frozen=True)
class Usual:
    """What honest values are like, estimated from some of them.

    Attributes
    ----------
    centre, spread : float
        Of one further value; the spread is in standard deviations, that of the centre included.
    degrees : float
        Degrees of freedom of the spread.
    """

    centre: float
    spread: float
    degrees: float

    @classmethod
    def of_honest(cls, values: Floats) -> "Usual":
        """By mean and standard deviation, of at least two values that are beyond doubt."""
        size = len(values)
        return cls(float(values.mean()), float(values.std(ddof=1)) * sqrt(1 + 1 / size), size - 1)

    @classmethod
    def of_most(cls, values: Floats) -> "Usual":
        """By median and median absolute deviation, which a minority of forged values does not move far."""
        centre = float(np.median(values))
        spread = float(np.median(np.abs(values - centre))) / NORMAL_MEDIAN
        return cls(centre, spread * sqrt(1 + 1 / len(values)), EFFICIENCY * (len(values) - 1))

    def shortfalls(self, values: Floats) -> Floats:
        """How far values lie below the centre, shape (m,), float64, in units of the spread; negative above it."""
        return np.asarray((self.centre - values) / max(self.spread, 1e-9), np.float64)

    def allowed(self, level: float, number: int) -> float:
        """How far the farthest of `number` honest values may fall short, but with probability `level` (Bonferroni).

        Infinite where a single value tells nothing of the spread.
        """
        return float(student.isf(level / max(number, 1), self.degrees)) if self.degrees > 0 else inf
