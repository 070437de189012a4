import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from rote.errors import DataError
from rote.memorization.corruption import area_under_curve


def by_pairs(scores, positive):
    """Share of pairs in which the positive example has the higher score, ties counting half."""
    above, below = scores[positive], scores[~positive]
    return np.mean((above[:, None] > below) + 0.5 * (above[:, None] == below))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_in_the_right_order(examples):
    scores, positive = np.array([one for one, _ in examples], float), np.array([one for _, one in examples])
    found = area_under_curve(scores, positive)
    if positive.all() or not positive.any():
        assert np.isnan(found.area)
    else:
        assert found.area == pytest.approx(by_pairs(scores, positive))
        assert found.area == pytest.approx(roc_auc_score(positive, scores))


def test_the_standard_error_is_the_spread_over_samples():
    random = np.random.default_rng(0)
    found = []
    for _ in range(400):
        positive = np.arange(120) < 40
        found.append(area_under_curve(random.normal(positive * 1.0), positive))
    spread = np.std([one.area for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.1)


def test_a_perfect_separation_has_no_error():
    found = area_under_curve([0.1, 0.2, 0.8, 0.9], [False, False, True, True])
    assert (found.area, found.standard_error) == (1, 0)
    assert (found.n_positive, found.n_negative) == (2, 2)


@pytest.mark.parametrize("scores", [[0.1, np.nan], [0.1]])
def test_scores_that_cannot_be_ranked_are_refused(scores):
    with pytest.raises(DataError):
        area_under_curve(scores, [True, False])
