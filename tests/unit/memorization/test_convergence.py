from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from rote.errors import ConfigError, DataError
from rote.memorization.convergence import (
    ALL_TRIALS,
    INDEPENDENT_HALF,
    convergence,
    trials_needed,
    trials_needed_at_most,
    unbiased_variance,
)
from rote.memorization.scores import Scores, memorization_scores
from tests.unit.memorization.memorization_learners import random_trials


@pytest.fixture(scope="module")
def trials():
    random = np.random.default_rng(0)
    p_out = random.beta(1, 1, 3000)
    return random_trials(random, 200, p_out + (1 - p_out) * random.beta(2, 1, 3000), p_out)


@pytest.fixture(scope="module")
def rows(trials):
    found = convergence(*trials, [20, 50, 100, 200], np.random.default_rng(1))
    return {(row.trials, row.reference): row for row in found}


def test_each_number_of_trials_is_compared_with_all_and_where_it_can_be_with_an_independent_half(rows):
    with_half = [(t, INDEPENDENT_HALF) for t in (20, 50, 100)]
    assert set(rows) == {(t, ALL_TRIALS) for t in (20, 50, 100, 200)} | set(with_half)
    assert all(rows[key].reference_trials == 100 for key in with_half)


def test_errors_and_correlations_are_those_that_the_standard_errors_predict(rows):
    for (t, _), row in rows.items():
        assert row.typical_error == pytest.approx(row.predicted_error, rel=0.03)
        if t < 200:
            assert row.difference == pytest.approx(row.predicted_difference, rel=0.04)
        assert row.pearson == pytest.approx(row.predicted_pearson, abs=0.02)


def test_scores_settle_as_trials_are_added(rows):
    for reference, counts in ((ALL_TRIALS, (20, 50, 100, 200)), (INDEPENDENT_HALF, (20, 50, 100))):
        followed = [rows[t, reference] for t in counts]
        for one, more in pairwise(followed):
            assert one.pearson < more.pearson
            assert one.spearman < more.spearman
            assert one.difference > more.difference
            assert one.mean_standard_error > more.mean_standard_error


def test_all_trials_agree_with_themselves(rows):
    row = rows[200, ALL_TRIALS]
    assert (row.pearson, row.spearman) == (pytest.approx(1, abs=1e-12), pytest.approx(1, abs=1e-12))
    assert (row.predicted_pearson, row.difference, row.predicted_difference) == (pytest.approx(1, abs=1e-12), 0, 0)
    assert row.typical_error == row.predicted_error


def test_without_a_generator_the_first_trials_are_taken_and_the_last_half_is_the_independent_one(trials):
    membership, correct = trials
    rows = convergence(membership, correct, [50])
    first = memorization_scores(membership[:50], correct[:50])
    for row, other in zip(
        rows, (memorization_scores(*trials), memorization_scores(membership[100:], correct[100:])), strict=True
    ):
        assert row.examples == 3000
        assert row.pearson == pytest.approx(pearsonr(first.score, other.score).statistic, rel=1e-12)
        assert row.spearman == pytest.approx(spearmanr(first.score, other.score).statistic, rel=1e-12)
        assert row.difference == pytest.approx(np.sqrt(np.mean((first.score - other.score) ** 2)), rel=1e-12)
        assert row.mean_standard_error == first.standard_error.mean()


def test_the_order_drawn_follows_from_the_generator_alone(trials):
    small = trials[0][:, :50], trials[1][:, :50]
    one, same, another = (convergence(*small, [60], np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != another


def test_too_few_trials_to_compare_are_left_out(trials):
    assert convergence(*trials, [1]) == []


def test_constant_scores_have_no_correlation():
    membership, _ = random_trials(np.random.default_rng(0), 40, np.ones(10), np.ones(10))
    row = convergence(membership, membership.copy(), [40])[0]
    assert np.isnan([row.pearson, row.spearman, row.predicted_pearson]).all()
    assert (row.mean_standard_error, row.difference) == (0, 0)


@pytest.mark.parametrize("count", [0, 201])
def test_numbers_of_trials_that_there_are_not_are_refused(trials, count):
    with pytest.raises(ConfigError, match=f"200 trials: scores cannot be taken from {count}"):
        convergence(*trials, [10, count])


@pytest.mark.parametrize(("n_in", "n_out", "p_in", "p_out"), [(3, 2, 0.9, 0.25), (2, 4, 0.5, 0.1), (5, 2, 1.0, 0.0)])
def test_the_variance_is_unbiased_at_any_number_of_trials(n_in, n_out, p_in, p_out):
    outcomes = np.array(list(product(range(n_in + 1), range(n_out + 1))))
    chances = [
        comb(n_in, a) * p_in**a * (1 - p_in) ** (n_in - a) * comb(n_out, b) * p_out**b * (1 - p_out) ** (n_out - b)
        for a, b in outcomes.tolist()
    ]
    estimates = unbiased_variance(Scores(outcomes[:, 0], outcomes[:, 1], np.array(n_in), np.array(n_out)))
    assert np.dot(chances, estimates) == pytest.approx(p_in * (1 - p_in) / n_in + p_out * (1 - p_out) / n_out)


def test_a_variance_needs_two_trials_in_and_two_out():
    n = np.array([1, 2, 5])
    assert np.isnan(unbiased_variance(Scores(n - 1, n - 1, n, n[::-1]))).tolist() == [True, False, True]


def test_trials_needed_give_the_wanted_precision(trials):
    few = memorization_scores(trials[0][:80], trials[1][:80])
    needed = trials_needed(few, 0.075)
    assert 80 < needed < 200
    reached = memorization_scores(trials[0][:needed], trials[1][:needed])
    assert np.sqrt(unbiased_variance(reached).mean()) == pytest.approx(0.075, rel=0.03)


def test_half_the_error_takes_four_times_the_trials(trials):
    scores = memorization_scores(*trials)
    assert trials_needed(scores, 0.01) == pytest.approx(4 * trials_needed(scores, 0.02), abs=4)


def test_scores_without_error_need_one_trial():
    membership, _ = random_trials(np.random.default_rng(0), 40, np.ones(10), np.ones(10))
    assert trials_needed(memorization_scores(membership, membership.copy()), 0.01) == 1


def test_two_thousand_trials_bound_the_papers_error_below_a_fortieth():
    assert trials_needed_at_most(0.7, 0.0245) < 2000 < trials_needed_at_most(0.7, 0.0243)


def test_no_score_needs_more_trials_than_the_bound(trials):
    assert trials_needed(memorization_scores(*trials), 0.03) < trials_needed_at_most(0.7, 0.03)


def test_precisions_that_cannot_be_are_refused(trials):
    scores = memorization_scores(*trials)
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ConfigError, match="must be positive"):
            trials_needed(scores, wrong)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        trials_needed_at_most(1.0, 0.1)
    with pytest.raises(DataError, match="there is none"):
        trials_needed(memorization_scores(trials[0][:1], trials[1][:1]), 0.1)
