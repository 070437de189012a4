"""Neighbours and their labels, against loops and where the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.embedding import distances, label_agreement
from rote.embedding.neighbours import nearest
from rote.errors import DataError

random = np.random.default_rng(0)
POINTS = random.standard_normal((30, 7))


def test_distances_are_euclidean():
    expected = np.array([[np.linalg.norm(one - other) for other in POINTS] for one in POINTS])
    np.testing.assert_allclose(distances(POINTS), expected, atol=1e-12)


@pytest.mark.parametrize("offset", [1e3, 1e6])
def test_an_offset_common_to_all_points_changes_no_distance(offset):
    np.testing.assert_allclose(distances(POINTS + offset), distances(POINTS), rtol=1e-8, atol=1e-8)


def test_features_of_any_shape_are_flattened():
    np.testing.assert_array_equal(distances(POINTS[:, :6].reshape(30, 3, 2)), distances(POINTS[:, :6]))


def test_a_feature_that_is_no_number_is_refused():
    with pytest.raises(DataError, match="diverged"):
        distances([[0.0], [np.nan]])


@given(st.integers(1, 29))
def test_neighbours_are_the_nearest_others_in_order(k):
    between = distances(POINTS)
    for number, found in enumerate(nearest(between, k)):
        others = sorted((between[number, other], other) for other in range(30) if other != number)
        assert found.tolist() == [other for _, other in others[:k]]


@pytest.mark.parametrize("k", [0, 30])
def test_more_neighbours_than_there_are_others_are_refused(k):
    with pytest.raises(DataError, match="from 1 to 29"):
        nearest(distances(POINTS), k)


def test_three_far_groups_agree_entirely():
    centers = np.repeat([[0.0, 0], [20, 0], [0, 20]], 20, axis=0)
    labels = np.repeat([0, 1, 2], 20)
    found = label_agreement(distances(centers + random.standard_normal((60, 2))), labels)
    assert found.share == 1
    assert found.chance == pytest.approx(19 / 59)


def test_labels_that_say_nothing_agree_by_chance():
    points = random.standard_normal((1000, 5))
    found = label_agreement(distances(points), random.permutation(np.repeat(np.arange(10), 100)))
    assert abs(found.share - found.chance) < 4 * found.standard_error
    assert found.chance == pytest.approx(0.1, abs=0.002)


def test_points_without_a_label_each_are_refused():
    with pytest.raises(DataError, match="one label a point"):
        label_agreement(distances(POINTS), [0, 1])
