import tracemalloc
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rote.errors import ConfigError, DataError
from rote.memorization.influence import EXACT_TRIALS, influence_scores
from rote.memorization.scores import memorization_scores
from tests.unit.memorization.memorization_learners import all_subsets, nearest_neighbour

TRIALS = st.tuples(st.integers(1, 10), st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda size: st.tuples(arrays(bool, (size[0], size[1])), arrays(bool, (size[0], size[2])))
)


def whole(membership, test_correct, **options):
    """Numbers of the training examples, influence and standard error, blocks joined."""
    found = influence_scores(membership, test_correct, **options)
    blocks = [(train, effect.score, effect.standard_error) for train, effect in found]
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def least_memory(n_trials, n_test):
    return 5 * n_trials * n_test + 5 * n_trials + 64 * n_test


@given(TRIALS)
def test_influence_on_one_test_example_is_a_score_with_its_correctness(trials):
    membership, test_correct = trials
    _, values, errors = whole(membership, test_correct)
    for k in range(test_correct.shape[1]):
        expected = memorization_scores(membership, np.repeat(test_correct[:, [k]], membership.shape[1], axis=1))
        np.testing.assert_array_equal(values[:, k], expected.score)
        np.testing.assert_array_equal(errors[:, k], expected.standard_error)


@given(TRIALS)
def test_influence_agrees_with_explicit_loops(trials):
    membership, test_correct = trials
    _, values, _ = whole(membership, test_correct)
    for i in range(membership.shape[1]):
        for k in range(test_correct.shape[1]):
            held, free = test_correct[membership[:, i], k].tolist(), test_correct[~membership[:, i], k].tolist()
            expected = sum(held) / len(held) - sum(free) / len(free) if held and free else np.nan
            np.testing.assert_equal(values[i, k], expected)


@given(TRIALS, st.integers(1, 7))
def test_blocks_of_any_size_give_the_same(trials, rows):
    membership, test_correct = trials
    n_trials, n_test = test_correct.shape
    memory = 5 * n_trials * n_test + rows * (5 * n_trials + 64 * n_test)
    assert all(len(train) <= rows for train, _ in influence_scores(membership, test_correct, memory=memory))
    for ours, unblocked in zip(
        whole(membership, test_correct, memory=memory), whole(membership, test_correct), strict=True
    ):
        np.testing.assert_array_equal(ours, unblocked)


def test_training_examples_come_in_the_order_wanted():
    random = np.random.default_rng(0)
    membership, test_correct = random.random((20, 6)) < 0.7, random.random((20, 4)) < 0.5
    train, values, _ = whole(membership, test_correct, train=[4, 1])
    assert train.tolist() == [4, 1]
    np.testing.assert_array_equal(values, whole(membership, test_correct)[1][[4, 1]])


def test_the_influence_of_a_neighbour_on_a_line_is_that_of_its_order_statistics():
    places, labels, size = np.array([0.0, 1.0, 2.1, 3.3, 4.6, 6.0]), np.array([0, 1, 0, 1, 1, 0]), 3
    queries, query_labels = np.array([0.4, 2.9, 5.5]), np.array([1, 0, 0])
    membership = all_subsets(6, size)
    _, values, _ = whole(membership, nearest_neighbour(membership, places, labels, queries, query_labels))
    for k, query in enumerate(queries):
        order = np.abs(places - query).argsort().tolist()
        right = labels[order] == query_labels[k]
        for i in range(6):
            rank = order.index(i)
            others = np.delete(right, rank)
            without = sum(comb(4 - j, size - 1) for j in range(5) if others[j]) / comb(5, size)
            nearer = sum(comb(4 - j, size - 2) for j in range(rank) if right[j])
            own = comb(5 - rank, size - 1) * right[rank]
            assert values[i, k] == pytest.approx((nearer + own) / comb(5, size - 1) - without, abs=1e-15)


def test_an_example_in_every_trial_or_in_none_has_no_influence_value():
    membership = np.array([[True, False, True], [True, False, False]])
    _, values, errors = whole(membership, np.array([[True], [False]]))
    assert np.isnan(values[:, 0]).tolist() == [True, True, False]
    assert np.isnan(errors[:, 0]).tolist() == [True, True, False]


def test_counts_are_exact_up_to_the_stated_number_of_trials():
    membership = np.ones((EXACT_TRIALS, 1), bool)
    test_correct = membership.copy()
    test_correct[1] = membership[0] = False
    ((_, effect),) = influence_scores(membership, test_correct)
    assert effect.n_in.item() == EXACT_TRIALS - 1
    assert effect.correct_in.item() == EXACT_TRIALS - 2
    assert effect.correct_out.item() == 1


def test_more_trials_than_can_be_counted_exactly_are_refused():
    many = np.ones((EXACT_TRIALS + 1, 1), bool)
    with pytest.raises(DataError, match="float32 counts exactly"):
        influence_scores(many, many)


def test_counts_equal_those_in_whole_numbers():
    random = np.random.default_rng(0)
    membership, test_correct = random.random((1500, 40)) < 0.7, random.random((1500, 30)) < 0.9
    ((_, effect),) = influence_scores(membership, test_correct)
    np.testing.assert_array_equal(effect.correct_in, membership.T.astype(int) @ test_correct.astype(int))


@pytest.mark.parametrize("n_train", [200, 2000])
def test_memory_stays_below_the_bound_however_many_training_examples(n_train):
    random = np.random.default_rng(0)
    membership, test_correct = random.random((100, n_train)) < 0.7, random.random((100, 800)) < 0.5
    memory = 4 << 20
    tracemalloc.start()
    try:
        for _, effect in influence_scores(membership, test_correct, memory=memory):
            assert effect.score.shape == effect.standard_error.shape
        assert tracemalloc.get_traced_memory()[1] < memory
    finally:
        tracemalloc.stop()


def test_too_little_memory_is_refused_with_what_is_needed():
    bits = np.ones((10, 4), bool)
    assert list(influence_scores(bits, bits, memory=least_memory(10, 4)))
    with pytest.raises(ConfigError, match=f"at least {least_memory(10, 4)} bytes"):
        influence_scores(bits, bits, memory=least_memory(10, 4) - 1)


def test_trials_of_another_form_are_refused():
    bits = np.ones((10, 4), bool)
    with pytest.raises(DataError, match="10 trials, test correctness of 9"):
        influence_scores(bits, bits[1:])
    with pytest.raises(DataError, match="test correctness must be boolean"):
        influence_scores(bits, bits.astype(float))
