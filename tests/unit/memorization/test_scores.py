from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rote.errors import DataError
from rote.memorization.scores import ScoreSums, memorization_scores
from rote.memorization.subsets import draw_subsets
from tests.unit.memorization.memorization_learners import all_subsets, lookup_table, majority_class, nearest_neighbour

TRIALS = st.tuples(st.integers(1, 12), st.integers(1, 6)).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)


def looped(membership, correct):
    """Scores and standard errors by explicit loops, exact until the last step."""
    for i in range(membership.shape[1]):
        sides = [
            [int(right) for held, right in zip(membership[:, i], correct[:, i], strict=True) if held == inside]
            for inside in (True, False)
        ]
        if not all(sides):
            yield np.nan, np.nan
            continue
        p_in, p_out = (Fraction(sum(side), len(side)) for side in sides)
        variance = p_in * (1 - p_in) / len(sides[0]) + p_out * (1 - p_out) / len(sides[1])
        yield float(p_in - p_out), sqrt(variance)


@given(TRIALS)
def test_scores_agree_with_explicit_loops(trials):
    scores = memorization_scores(*trials)
    expected = np.array(list(looped(*trials)))
    np.testing.assert_allclose(scores.score, expected[:, 0], rtol=0, atol=1e-15)
    np.testing.assert_allclose(scores.standard_error, expected[:, 1], rtol=1e-14, atol=1e-15)


@given(TRIALS)
def test_a_score_is_nan_exactly_where_an_example_was_never_in_or_never_out_and_these_are_counted(trials):
    scores = memorization_scores(*trials)
    undefined = trials[0].all(axis=0) | ~trials[0].any(axis=0)
    assert (np.isnan(scores.score) == undefined).all()
    assert (np.isnan(scores.standard_error) == undefined).all()
    assert scores.undefined == undefined.sum()


@given(TRIALS)
def test_one_side_that_was_seen_keeps_its_share_where_the_score_is_nan(trials):
    scores = memorization_scores(*trials)
    assert (np.isnan(scores.p_in) == (scores.n_in == 0)).all()
    assert (np.isnan(scores.p_out) == (scores.n_out == 0)).all()


@given(TRIALS, st.data())
def test_any_order_and_any_batches_give_the_same_scores(trials, data):
    membership, correct = trials
    order = data.draw(st.permutations(range(len(membership))))
    sums = ScoreSums(membership.shape[1])
    while order:
        size = data.draw(st.integers(1, len(order)))
        sums.add(membership[order[:size]], correct[order[:size]])
        order = order[size:]
    for name in ("score", "standard_error", "n_in", "n_out"):
        np.testing.assert_array_equal(getattr(sums.scores(), name), getattr(memorization_scores(*trials), name))


@given(TRIALS)
def test_in_and_out_exchanged_turn_the_sign_and_keep_the_error(trials):
    membership, correct = trials
    scores, turned = memorization_scores(membership, correct), memorization_scores(~membership, correct)
    np.testing.assert_array_equal(turned.score, -scores.score)
    np.testing.assert_allclose(turned.standard_error, scores.standard_error, rtol=1e-15)


def test_more_trials_than_a_block_are_all_counted():
    membership = draw_subsets(10, 150, 0.7, 0)
    scores = memorization_scores(membership, lookup_table(membership))
    assert (scores.n_in + scores.n_out == 150).all()
    assert (scores.n_in == membership.sum(axis=0)).all()


def test_a_lookup_table_memorizes_every_example():
    membership = draw_subsets(40, 25, 0.7, 1)
    scores = memorization_scores(membership, lookup_table(membership))
    assert (scores.score == 1).all()
    assert (scores.standard_error == 0).all()


def test_an_undisputed_majority_memorizes_nothing():
    labels = np.repeat([0, 1], [30, 10])  # 28 of 40 hold at least 18 zeros
    membership = draw_subsets(40, 50, 0.7, 1)
    scores = memorization_scores(membership, majority_class(membership, labels, labels))
    assert (scores.score == 0).all()
    assert (scores.p_in == 1 - labels).all()


def test_a_disputed_majority_memorizes_as_the_hypergeometric_law_says():
    labels, size = np.repeat([0, 1], [5, 4]), 5
    membership = all_subsets(9, size)
    scores = memorization_scores(membership, majority_class(membership, labels, labels))

    def share_of_ones_answered(ones, zeros, drawn, held_ones):
        """Probability that more than half of `size` labels are ones, of which `held_ones` are given."""
        many = [k for k in range(drawn + 1) if 2 * (k + held_ones) > size]
        return sum(comb(ones, k) * comb(zeros, drawn - k) for k in many) / comb(ones + zeros, drawn)

    zero = (1 - share_of_ones_answered(4, 4, size - 1, 0)) - (1 - share_of_ones_answered(4, 4, size, 0))
    one = share_of_ones_answered(3, 5, size - 1, 1) - share_of_ones_answered(3, 5, size, 0)
    np.testing.assert_allclose(scores.score, np.where(labels == 0, zero, one), rtol=0, atol=1e-15)


PLACES, LABELS = np.array([0.0, 1.1, 2.5, 3.2, 4.6, 5.1, 7.3, 8.0]), np.array([0, 0, 1, 0, 1, 1, 1, 0])


def neighbour_score(i, size):
    """1 − the probability that the nearest of `size` others of a line's examples has the label of example i."""
    others = sorted(set(range(len(PLACES))) - {i}, key=lambda j: abs(PLACES[j] - PLACES[i]))
    n = len(others)
    nearest = [comb(n - rank - 1, size - 1) / comb(n, size) for rank in range(n)]
    return 1 - sum(chance for j, chance in zip(others, nearest, strict=True) if LABELS[j] == LABELS[i])


def test_the_nearest_neighbour_on_a_line_memorizes_as_its_order_statistics_say():
    membership = all_subsets(len(PLACES), 5)
    scores = memorization_scores(membership, nearest_neighbour(membership, PLACES, LABELS, PLACES, LABELS))
    np.testing.assert_allclose(scores.score, [neighbour_score(i, 5) for i in range(8)], rtol=0, atol=1e-15)


def test_estimates_from_drawn_subsets_scatter_about_the_true_score_as_the_standard_error_says():
    true = np.array([neighbour_score(i, 5) for i in range(8)])
    off = []
    for seed in range(60):
        membership = draw_subsets(8, 150, 5 / 8, seed)
        scores = memorization_scores(membership, nearest_neighbour(membership, PLACES, LABELS, PLACES, LABELS))
        uncertain = (true > 0.1) & (true < 0.9)
        off.append((scores.score - true)[uncertain] / scores.standard_error[uncertain])
    assert np.size(off) >= 200
    assert abs(np.mean(off)) < 0.25
    assert 0.85 < np.sqrt(np.mean(np.square(off))) < 1.2


@pytest.mark.parametrize(
    ("membership", "correct", "message"),
    [
        (np.ones((3, 4)), np.ones((3, 4), bool), "membership must be boolean"),
        (np.ones((3, 4), bool), np.ones((3, 4), np.uint8), "correctness must be boolean"),
        (np.ones(4, bool), np.ones(4, bool), r"of shape \(trials, examples\)"),
        (np.ones((3, 4), bool), np.ones((3, 5), bool), r"\(3, 4\) and correctness \(3, 5\)"),
        (np.ones((3, 4), bool), np.ones((2, 4), bool), r"\(3, 4\) and correctness \(2, 4\)"),
    ],
)
def test_trials_of_another_form_are_refused(membership, correct, message):
    with pytest.raises(DataError, match=message):
        memorization_scores(membership, correct)
