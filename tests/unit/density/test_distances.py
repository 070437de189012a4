import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from rote.density import distances
from rote.density.distances import intra_class_distances
from rote.errors import DataError


def points(n, d, seed=0, offset=0.0):
    return offset + np.random.default_rng(seed).standard_normal((n, d))


@given(st.integers(2, 40), st.integers(1, 6), st.integers(1, 50), st.integers(0, 99))
def test_distances_agree_with_all_pairs_whatever_the_block(n, d, block, seed):
    x = points(n, d, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "BLOCK", block)
        found = intra_class_distances(x)
    assert found.mean == pytest.approx(pdist(x).mean(), rel=1e-12)
    assert found.deviation == pytest.approx(pdist(x).std(), rel=1e-9, abs=1e-7)


def test_distances_far_from_the_origin_lose_nothing():
    x = points(200, 8, offset=1e5)
    found = intra_class_distances(x)
    assert found.mean == pytest.approx(pdist(x).mean(), rel=1e-12)
    assert found.deviation == pytest.approx(pdist(x).std(), rel=1e-10)


def test_nearly_equal_distances_keep_their_small_deviation():
    x = np.eye(50) + 1e-6 * points(50, 50)
    assert intra_class_distances(x).deviation == pytest.approx(pdist(x).std(), rel=1e-6)


def test_single_precision_is_summed_in_double():
    x = points(3000, 16).astype(np.float32)
    assert intra_class_distances(x).mean == pytest.approx(pdist(x.astype(float)).mean(), rel=1e-12)


def test_distances_are_invariant_to_rotation_and_shift():
    x = points(60, 5)
    rotation = np.linalg.qr(points(5, 5, 1))[0]
    found, turned = intra_class_distances(x), intra_class_distances(x @ rotation + 3)
    assert (turned.mean, turned.deviation) == pytest.approx((found.mean, found.deviation), rel=1e-12)


def test_equal_representations_are_at_distance_0():
    found = intra_class_distances(np.full((5, 3), 0.1))
    assert (found.mean, found.deviation) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize(
    ("x", "message"),
    [(np.zeros((1, 3)), "at least 2"), (np.zeros(3), "at least 2"), ([[0.0], [np.nan]], "finite")],
)
def test_representations_without_distances_are_refused(x, message):
    with pytest.raises(DataError, match=message):
        intra_class_distances(x)
