import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact, hypergeom

from rote.errors import ConfigError, DataError
from rote.memorization.influence import influence_scores
from rote.memorization.pairs import chance_of_as_many, pairs_above, pairs_at_rate
from rote.memorization.subsets import draw_subsets


def trials_with_influence(generator, n_trials=80, n_train=30, n_test=20, n_true=10, effect=0.6):
    """Trials good or bad as a whole, in which training example i raises the accuracy on test example i, i < n_true."""
    membership = draw_subsets(n_train, n_trials, 0.7, int(generator.integers(2**40)))
    accuracy = generator.uniform(0.05, 0.9, n_test) * generator.uniform(0.6, 1, (n_trials, 1))
    accuracy[:, :n_true] = 0.2 + effect * membership[:, :n_true]
    return membership, generator.random((n_trials, n_test)) < accuracy


def every(membership):
    return np.ones(membership.shape[1], bool)


def exact_p_values(membership, test_correct):
    n_in, correct = membership.sum(axis=0)[:, None], test_correct.sum(axis=0)
    both = membership.T.astype(int) @ test_correct.astype(int)
    return hypergeom.sf(both - 1, len(membership), correct, n_in)


def listed(pairs):
    return list(zip(pairs.train.tolist(), pairs.test.tolist(), strict=True))


@given(st.data())
def test_chance_is_that_of_fishers_exact_test(data):
    n_trials = data.draw(st.integers(2, 40))
    n_in, correct = data.draw(st.integers(1, n_trials - 1)), data.draw(st.integers(0, n_trials))
    (least,), (tail,) = chance_of_as_many(n_trials, n_in, [correct])
    assert least == max(0, correct - (n_trials - n_in))
    for both in range(least, min(n_in, correct) + 1):
        table = [[both, n_in - both], [correct - both, n_trials - n_in - correct + both]]
        assert tail[both - least] == pytest.approx(fisher_exact(table, alternative="greater").pvalue, rel=1e-9)
    assert (tail[min(n_in, correct) + 1 - least :] == 0).all()


def test_chance_is_accurate_far_into_the_tail_at_the_papers_number_of_trials():
    correct = np.arange(0, 2001, 40)
    least, tail = chance_of_as_many(2000, 1391, correct)
    both = least[:, None] + np.arange(tail.shape[1])
    exact = hypergeom.sf(both - 1, 2000, correct[:, None], 1391)
    seen = exact > 1e-250
    assert exact[seen].min() < 1e-100
    np.testing.assert_allclose(tail[seen], exact[seen], rtol=1e-9)


def test_pairs_above_the_thresholds_are_those_of_a_search_over_all_pairs():
    membership, test_correct = trials_with_influence(np.random.default_rng(0))
    memorized = np.random.default_rng(1).random(30) < 0.6
    pairs = pairs_above(membership, test_correct, memorized, 0.15)
    ((_, effect),) = influence_scores(membership, test_correct)
    expected = np.argwhere((effect.score >= 0.15) & memorized[:, None])
    assert listed(pairs) == [tuple(pair) for pair in expected.tolist()]
    np.testing.assert_array_equal(pairs.effect.score, effect.score[pairs.train, pairs.test])
    np.testing.assert_array_equal(pairs.effect.standard_error, effect.standard_error[pairs.train, pairs.test])
    np.testing.assert_allclose(
        pairs.p_value, exact_p_values(membership, test_correct)[pairs.train, pairs.test], rtol=1e-9
    )
    assert pairs.tested == memorized.sum() * 20


def test_an_influence_of_exactly_the_threshold_is_selected():
    membership = np.array([True, True, False, False])[:, None]
    test_correct = np.array([True, True, True, False])[:, None]
    assert listed(pairs_above(membership, test_correct, every(membership), 0.5)) == [(0, 0)]
    assert listed(pairs_above(membership, test_correct, every(membership), 0.51)) == []


def test_as_many_pairs_pass_the_threshold_by_chance_as_expected():
    random = np.random.default_rng(2)
    selected, expected = [], []
    for _ in range(100):
        pairs = pairs_above(*(trials := trials_with_influence(random, n_true=0)), every(trials[0]), 0.15)
        selected.append(len(pairs.train))
        expected.append(pairs.expected_by_chance)
    error = np.std(selected) / 10
    assert np.mean(expected) > 30
    assert abs(np.mean(selected) - np.mean(expected)) < 4 * error < 0.2 * np.mean(expected)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_pairs_at_a_rate_are_those_of_benjamini_and_hochberg_over_all_pairs(rate, seed):
    membership, test_correct = trials_with_influence(np.random.default_rng(seed))
    pairs = pairs_at_rate(membership, test_correct, every(membership), rate)
    p_values = exact_p_values(membership, test_correct)
    adjusted = false_discovery_control(p_values.ravel()).reshape(p_values.shape)
    expected = np.argwhere(adjusted <= rate)
    assert len(expected) > 0
    assert listed(pairs) == [tuple(pair) for pair in expected.tolist()]
    assert pairs.expected_by_chance == rate * len(expected)
    assert pairs.false_discovery_rate == pytest.approx(rate)


def test_the_share_of_false_discoveries_stays_below_the_rate_and_true_ones_are_found():
    random = np.random.default_rng(3)
    false, found = [], []
    for _ in range(200):
        membership, test_correct = trials_with_influence(random)
        pairs = pairs_at_rate(membership, test_correct, every(membership), 0.2)
        true = sum(i == k for i, k in listed(pairs) if k < 10)
        false.append(1 - true / max(1, len(pairs.train)) if len(pairs.train) else 0.0)
        found.append(true)
    assert np.mean(false) < 0.2 + 2 * np.std(false) / np.sqrt(200)
    assert np.mean(false) > 0.05
    assert np.mean(found) > 8


def test_without_influence_anything_is_found_as_rarely_as_the_rate_says():
    random = np.random.default_rng(4)
    hits = 0
    for _ in range(200):
        trials = trials_with_influence(random, n_true=0)
        hits += len(pairs_at_rate(*trials, every(trials[0]), 0.1).train) > 0
    assert hits <= 0.1 * 200 + 2 * np.sqrt(200 * 0.09)


@pytest.mark.parametrize(
    "select",
    [lambda *trials, **o: pairs_above(*trials, 0.15, **o), lambda *trials, **o: pairs_at_rate(*trials, 0.2, **o)],
)
def test_selected_pairs_do_not_depend_on_the_blocks(select):
    membership, test_correct = trials_with_influence(np.random.default_rng(5))
    least = 5 * 80 * 20 + 5 * 80 + 64 * 20
    unblocked = select(membership, test_correct, every(membership))
    blocked = select(membership, test_correct, every(membership), memory=least)
    assert len(unblocked.train) > 10
    assert listed(blocked) == listed(unblocked)
    np.testing.assert_array_equal(blocked.p_value, unblocked.p_value)
    assert blocked.expected_by_chance == pytest.approx(unblocked.expected_by_chance, rel=1e-12)


def test_examples_in_every_trial_or_in_none_are_not_tested():
    membership, test_correct = trials_with_influence(np.random.default_rng(6))
    membership[:, 3], membership[:, 4] = True, False
    for pairs in (
        pairs_above(membership, test_correct, every(membership), 0.01),
        pairs_at_rate(membership, test_correct, every(membership), 0.5),
    ):
        assert pairs.tested == 28 * 20
        assert not {3, 4} & set(pairs.train.tolist())


def test_nothing_is_selected_where_nothing_may_be():
    membership, test_correct = trials_with_influence(np.random.default_rng(7))
    for pairs in (
        pairs_above(membership, test_correct, ~every(membership)),
        pairs_at_rate(membership, test_correct, ~every(membership), 0.2),
    ):
        assert (len(pairs.train), pairs.tested, pairs.false_discovery_rate) == (0, 0, 0.0)


def test_a_selection_at_a_rate_holds_a_small_part_of_all_pairs():
    random = np.random.default_rng(8)
    membership = draw_subsets(4000, 40, 0.7, 0)
    test_correct = random.random((40, 1000)) < 0.5
    memory = 2 << 20
    tracemalloc.start()
    try:
        pairs_at_rate(membership, test_correct, every(membership), 0.05, memory=memory)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    all_pairs = 4000 * 1000 * 8
    assert peak < memory + all_pairs / 4


@pytest.mark.parametrize("value", [0, 1.5, float("nan")])
def test_thresholds_and_rates_out_of_range_are_refused(value):
    bits = np.ones((4, 3), bool)
    with pytest.raises(ConfigError, match="threshold"):
        pairs_above(bits, bits, bits[0], value)
    with pytest.raises(ConfigError, match="rate"):
        pairs_at_rate(bits, bits, bits[0], value)


def test_a_choice_of_other_training_examples_is_refused():
    bits = np.ones((4, 3), bool)
    with pytest.raises(DataError, match="3 training examples"):
        pairs_above(bits, bits, np.ones(2, bool))
    with pytest.raises(DataError, match="boolean"):
        pairs_at_rate(bits, bits, np.ones(3), 0.1)
