"""Capacity by simulation: critical dimensions against linear programmes and against Cover's count."""

import numpy as np
import pytest
from scipy.optimize import linprog

from rote.errors import ConfigError, DataError
from rote.geometry.capacity import ManifoldCapacity
from rote.geometry.closed_forms import separable_fraction
from rote.geometry.empirical import empirical_capacity, summarise
from rote.geometry.separability import NestedDichotomy
from tests.unit.geometry.clouds import CASES, Case, clouds, examples

POINTS = np.random.default_rng(0).standard_normal((20, 60))
N_DICHOTOMIES = 400


def separated_by_a_linear_programme(points, signs, bias):
    """Whether some w has z·w ≥ 1 for all signed points z."""
    rows = np.column_stack([points, np.ones(len(points))]) if bias else points
    status = linprog(
        np.zeros(rows.shape[1]), A_ub=-signs[:, None] * rows, b_ub=-np.ones(len(points)), bounds=(None, None)
    ).status
    assert status in (0, 2)
    return status == 0


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_critical_dimension_is_the_first_that_a_linear_programme_separates(bias, seed):
    points, owners = examples(clouds(Case(12, 6, 40)))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], 12)[owners]
    dichotomy = NestedDichotomy(points, signs, owners, np.random.default_rng(seed), bias=bias)
    critical = dichotomy.critical_dimension(guess=5)
    projection = np.random.default_rng(seed).standard_normal((40, 40))
    found = [separated_by_a_linear_programme(points @ projection[:n].T, signs, bias) for n in range(1, 41)]
    assert found == [n >= critical for n in range(1, 41)]


@pytest.mark.parametrize("guess", [1, 7, 25, 40])
def test_the_guess_changes_nothing(guess):
    points, owners = examples(clouds(Case(12, 6, 40)))
    signs = np.random.default_rng(0).choice([-1.0, 1.0], 12)[owners]

    def critical(guess):
        return NestedDichotomy(points, signs, owners, np.random.default_rng(3), bias=False).critical_dimension(guess)

    assert critical(guess) == critical(12)


@pytest.mark.parametrize("bias", [False, True])
def test_dichotomies_of_points_are_separable_as_often_as_cover_counted(bias):
    """A bias is worth one dimension more."""
    found = empirical_capacity(POINTS, np.arange(20), n_dichotomies=N_DICHOTOMIES, bias=bias, random_state=0)
    for n in range(7, 13):
        expected = separable_fraction(20, n + bias)
        error = np.sqrt(expected * (1 - expected) / N_DICHOTOMIES)
        assert np.mean(found.critical_dimensions <= n) == pytest.approx(expected, abs=3 * error)


def test_points_have_about_two_dichotomies_a_dimension():
    found = empirical_capacity(POINTS, np.arange(20), n_dichotomies=N_DICHOTOMIES, random_state=0)
    assert found.capacity == pytest.approx(2, rel=0.1)


def test_theory_and_simulation_agree_on_clouds():
    points, label = examples(clouds(CASES["i"]))
    simulated = empirical_capacity(points, label, n_dichotomies=100, random_state=0, remove_mean=True)
    assert simulated.n_undecided == 0
    assert len(simulated.critical_dimensions) == 100
    predicted = ManifoldCapacity(center_removal="published", random_state=0).fit(points, label).capacity_
    assert simulated.capacity == pytest.approx(predicted, rel=0.15)


def test_equal_seeds_give_equal_dimensions_and_more_dichotomies_leave_the_first_as_they_are():
    few = empirical_capacity(POINTS, np.arange(20), n_dichotomies=5, random_state=1)
    more = empirical_capacity(POINTS, np.arange(20), n_dichotomies=9, random_state=1)
    assert more.critical_dimensions[:5].tolist() == few.critical_dimensions.tolist()


def test_scale_changes_nothing():
    scaled = empirical_capacity(1e-6 * POINTS, np.arange(20), n_dichotomies=9, random_state=1)
    assert scaled.critical_dimensions.tolist() == (
        empirical_capacity(POINTS, np.arange(20), n_dichotomies=9, random_state=1).critical_dimensions.tolist()
    )


def test_classes_that_all_features_do_not_separate_are_marked_by_one_dimension_more():
    """Every second point of a line belongs to the other of two classes; on one side both need only a bias."""
    found = empirical_capacity(
        np.arange(1.0, 9)[:, None] * [[1, 0]], np.arange(8) % 2, n_dichotomies=20, bias=True, random_state=0
    )
    assert set(found.critical_dimensions.tolist()) == {1, 3}
    assert found.n_undecided == 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_constant_features_are_decided(value):
    found = empirical_capacity(np.full((6, 3), value), [0, 0, 1, 1, 2, 2], n_dichotomies=20, random_state=0)
    assert found.n_undecided == 0
    assert (found.critical_dimensions == 4).any()


def test_balanced_sides_have_equal_numbers():
    """Of two classes with the same place one is on each side: no division is separable."""
    found = empirical_capacity(np.ones((2, 3)), [0, 1], n_dichotomies=10, balanced=True, random_state=0)
    assert (found.critical_dimensions == 4).all()


def test_the_interval_of_a_median_is_that_of_order_statistics():
    """Of 9 draws the 2nd and the 8th enclose the median in 96 % of samples: 2 · 2^−9 (1 + 9) lie outside."""
    found = summarise(np.arange(10, 100, 10), n_manifolds=90, n_features=200, confidence=0.95)
    assert (found.capacity, found.low, found.high) == (90 / 50, 90 / 80, 90 / 20)


def test_dimensions_beyond_all_features_bound_the_capacity_from_one_side():
    found = summarise(np.array([5] * 6 + [11] * 5), n_manifolds=10, n_features=10, confidence=0.95)
    assert (found.capacity, found.low) == (2, 0)


def test_undecided_divisions_are_counted_and_left_out():
    found = summarise(np.array([-1, 4, 6, -1, 8]), n_manifolds=6, n_features=10, confidence=0.95)
    assert (found.capacity, found.n_undecided) == (1, 2)


@pytest.mark.parametrize(
    ("X", "y", "message"), [([[0.0], [np.nan]], [0, 1], "NaN"), ([[0.0], [1.0]], [1, 1], "one class")]
)
def test_bad_examples_are_named(X, y, message):  # noqa: N803
    with pytest.raises(DataError, match=message):
        empirical_capacity(X, y)


@pytest.mark.parametrize(("option", "value"), [("n_dichotomies", 0), ("confidence", 1.0)])
def test_a_bad_option_is_named(option, value):
    with pytest.raises(ConfigError, match=option):
        empirical_capacity(POINTS, np.arange(20), **{option: value})
