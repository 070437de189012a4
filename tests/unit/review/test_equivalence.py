"""Trials are simulated: every example has a chance of its own to be right, higher where a trial saw it."""

import numpy as np
import pytest

from rote.review.equivalence import Outcomes, Usual, log_likelihoods

N, N_TEST, LEVEL = 400, 100, 0.001


def simulated(numbers, seed):
    """Trials of these numbers: their subsets follow from the number, their outcomes from the seed too."""
    law = np.random.default_rng(0)
    hard = law.random(N) < 0.2  # labels that a trial learns by heart or not at all
    inside, outside, test = np.where(hard, 0.97, 0.995), np.where(hard, 0.05, 0.98), law.beta(20, 1, N_TEST)
    membership = np.stack([np.random.default_rng(100 + number).random(N) < 0.7 for number in numbers])
    random = np.random.default_rng(seed)
    correct = random.random((len(numbers), N)) < np.where(membership, inside, outside)
    return Outcomes(np.asarray(numbers), membership, correct, random.random((len(numbers), N_TEST)) < test)


def refused(recorded, again):
    """Which of the three comparisons refuse."""
    own, fresh = log_likelihoods(recorded, recorded), log_likelihoods(again, again)
    pairs = [
        (own, Usual.of_most(own)),
        (log_likelihoods(again, recorded), Usual.of_most(own)),
        (log_likelihoods(recorded, again), Usual.of_honest(fresh)),
    ]
    return [usual.shortfalls(values).max() > usual.allowed(LEVEL, len(values)) for values, usual in pairs]


def slow_log_likelihood(trial, trials, others):
    total = 0.0
    rest = [t for t in range(len(others.number)) if others.number[t] != trials.number[trial]]
    for i in range(N):
        same = [t for t in rest if others.membership[t, i] == trials.membership[trial, i]]
        right = sum(others.correct[t, i] for t in same)
        frequency = (right + 0.5) / (len(same) + 1)
        total += np.log(frequency if trials.correct[trial, i] else 1 - frequency)
    for i in range(N_TEST):
        frequency = (sum(others.test_correct[t, i] for t in rest) + 0.5) / (len(rest) + 1)
        total += np.log(frequency if trials.test_correct[trial, i] else 1 - frequency)
    return total


def test_likelihoods_are_those_of_a_loop_over_examples_and_trials():
    recorded, again = simulated(range(6), 1), simulated([2, 3], 2)
    found = log_likelihoods(again, recorded)
    assert found == pytest.approx([slow_log_likelihood(trial, again, recorded) for trial in range(2)], rel=1e-12)


def test_trainings_that_part_by_rounding_are_equivalent():
    counts = np.sum([refused(simulated(range(64), seed), simulated(range(16), 1000 + seed)) for seed in range(40)])
    assert counts == 0


@pytest.mark.parametrize("place", [3, 50], ids=["trained again", "not trained again"])
def test_bits_that_belong_to_another_subset_are_refused(place):
    recorded = simulated(range(64), 1)
    recorded.correct[place] = recorded.correct[place - 1]
    assert any(refused(recorded, simulated(range(16), 2)))


@pytest.mark.parametrize("shard", [slice(0, 32), slice(32, 64)], ids=["trained again", "not trained again"])
def test_a_shard_whose_examples_were_permuted_is_refused(shard):
    recorded = simulated(range(64), 1)
    order = np.random.default_rng(3).permutation(N)
    recorded.correct[shard] = recorded.correct[shard][:, order]
    assert any(refused(recorded, simulated(range(16), 2)))


def test_a_minority_of_forged_values_does_not_widen_what_is_usual():
    reference = np.random.default_rng(0).normal(size=60)
    forged = np.concatenate([reference[:50], np.full(10, -100.0)])
    assert Usual.of_most(forged).shortfalls(np.array([-10.0]))[0] > 5


@pytest.mark.parametrize("estimate", [Usual.of_honest, Usual.of_most])
def test_normal_values_are_refused_as_seldom_as_the_level_says(estimate):
    random, level, number = np.random.default_rng(0), 0.05, 4
    refusals = 0
    for _ in range(2000):
        usual = estimate(random.normal(size=20))
        refusals += usual.shortfalls(random.normal(size=number)).max() > usual.allowed(level, number)
    assert refusals / 2000 < level + 3 * (level * (1 - level) / 2000) ** 0.5


def test_from_two_values_nothing_is_refused_that_is_not_far_off():
    assert Usual.of_honest(np.array([0.0, 1.0])).allowed(LEVEL, 4) > 300
