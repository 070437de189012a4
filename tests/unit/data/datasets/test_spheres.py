"""The synthetic manifolds: their geometry, and what is left of it in pixels."""

import numpy as np
import pytest

from rote.data.datasets.spheres import DataSet
from rote.errors import ConfigError
from rote.seeds import Seeds

SEEDS = Seeds(0, "spheres")
SMALL = {"radius": 5.0, "dimension": 6, "ambient_dimension": 64, "classes": 8}


def centre(number: int, dimension: int) -> np.ndarray:
    return np.eye(dimension)[number // 2] * (-1) ** number


@pytest.mark.parametrize("number", range(8))
def test_points_lie_on_a_sphere_about_their_centre(number):
    points = DataSet(**SMALL).points(number, "train", 50, SEEDS)
    np.testing.assert_allclose(np.linalg.norm(points - centre(number, 64), axis=1), 5, rtol=1e-12)


def test_a_sphere_spans_as_many_dimensions_as_asked_its_centre_among_them():
    points = DataSet(**SMALL).points(3, "train", 50, SEEDS)
    assert np.linalg.matrix_rank(points) == 6
    assert np.linalg.matrix_rank(np.vstack([points, centre(3, 64)])) == 6


def test_centres_are_opposite_in_pairs_and_orthogonal_between_pairs():
    means = [
        DataSet(radius=5.0, dimension=3, ambient_dimension=9, classes=4).points(i, "train", 200_000, SEEDS).mean(0)
        for i in range(4)
    ]
    gram = np.array(means) @ np.array(means).T
    np.testing.assert_allclose(gram, [[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]], atol=0.05)


def test_points_are_uniform_on_the_sphere():
    """The second moment about the centre is r²/d in every direction of the sphere's subspace."""
    points = DataSet(radius=2.0, dimension=4, ambient_dimension=9, classes=2).points(1, "test", 200_000, SEEDS)
    offset = points - centre(1, 9)
    eigenvalues = np.linalg.eigvalsh(offset.T @ offset / len(offset))
    np.testing.assert_allclose(eigenvalues, [0] * 5 + [1] * 4, atol=0.02)


def test_pixels_give_the_points_back_within_half_a_step(converted):
    data_set = DataSet(**SMALL, train_per_class=20, test_per_class=5)
    result = converted("spheres", **SMALL, train_per_class=20, test_per_class=5)
    assert result.train.images.shape == (160, 8, 8, 1)
    for split, n in (("train", 20), ("test", 5)):
        images = getattr(result, split)
        values = ((images.images / 255 - images.mean) / images.std).reshape(-1, 64)
        np.testing.assert_array_equal(np.bincount(images.labels), np.full(8, n))
        for number in range(8):
            points = data_set.points(number, split, n, SEEDS)
            np.testing.assert_allclose(values[images.labels == number], points, atol=(1 + 5) / 254 + 1e-12)


def test_the_value_zero_is_kept_exactly(converted):
    train = converted("spheres", **SMALL, train_per_class=1).train
    assert (128 / 255 - train.mean[0]) / train.std[0] == 0


def test_train_and_test_points_differ_but_lie_on_the_same_sphere():
    data_set = DataSet(**SMALL)
    train, test = (data_set.points(2, split, 50, SEEDS) for split in ("train", "test"))
    assert not np.isclose(train, test).all(axis=1).any()
    assert np.linalg.matrix_rank(np.vstack([train, test])) == 6


def test_more_classes_and_points_leave_the_others_as_they_are():
    few, many = DataSet(**SMALL), DataSet(**{**SMALL, "classes": 12})
    np.testing.assert_array_equal(few.points(5, "train", 10, SEEDS), many.points(5, "train", 30, SEEDS)[:10])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"radius": 0.0}, "radius must be positive"),
        ({"radius": float("nan")}, "radius must be positive"),
        ({"radius": float("inf")}, "radius must be positive"),
        ({"ambient_dimension": 1000}, "ambient_dimension must be the square"),
        ({"ambient_dimension": -4}, "ambient_dimension must be the square"),
        ({"dimension": 1}, "dimension must be from 2"),
        ({"dimension": 1025}, "dimension must be from 2"),
        ({"classes": 7}, "classes must be even"),
        ({"classes": 2050}, "classes must be even"),
        ({"test_per_class": 0}, "must be positive"),
    ],
)
def test_options_that_describe_no_spheres_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        DataSet(**options)
