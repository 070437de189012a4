"""Known capacities, by quadrature, against their limits and against the Monte Carlo analysis of points."""

import numpy as np
import pytest
from scipy.optimize import nnls

from rote.geometry.anchors import Draws, anchor_points, measure, project
from rote.geometry.closed_forms import (
    ball_capacity,
    ball_capacity_of_projection,
    ball_dimension,
    ball_radius,
    capacity_without_centers,
    point_capacity,
    separable_fraction,
)

N_DRAWS = 20_000
SEGMENT = np.array([[1.0], [-1.0]])
RADII = [0.1, 0.5, 1.0, 3.0]


def drawn(points, seed=0, n_draws=N_DRAWS):
    """A Gram matrix and draws in exactly as many directions as its points span."""
    random = np.random.default_rng(seed)
    gram = points @ points.T
    directions, center = random.standard_normal((n_draws, len(points))), random.standard_normal(n_draws)
    return gram, project(gram, directions, center, n_directions=None, floor=1e-12)


def measured(points, definition="published", margin=0.0):
    gram, draws = drawn(points)
    return measure(anchor_points(gram, draws, margin), draws, definition)


def within_three_errors(value, error, expected):
    return abs(value - expected) <= 3 * error


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_a_point_has_the_capacity_of_a_point(margin):
    found = measured(np.zeros((1, 1)), margin=margin)
    assert within_three_errors(found.inverse_capacity, found.inverse_capacity_error, 1 / point_capacity(margin))


def test_a_point_has_no_extent():
    found = measured(np.zeros((3, 2)))
    assert (found.radius, found.dimension) == (0, 0)


@pytest.mark.parametrize("radius", RADII)
def test_two_points_have_the_capacity_of_a_segment(radius):
    found = measured(radius * SEGMENT)
    expected = 0.5 + 2 / np.pi * np.arctan(radius)
    assert within_three_errors(found.inverse_capacity, found.inverse_capacity_error, expected)


@pytest.mark.parametrize("radius", RADII)
def test_two_points_have_the_radius_of_a_segment(radius):
    found = measured(radius * SEGMENT, "text")
    assert within_three_errors(found.radius, found.radius_error, ball_radius(radius, 1))


@pytest.mark.parametrize(
    ("definition", "dimension"), [("published", 1.0), ("text", 2 / np.pi), ("text_mean_square", 1)]
)
def test_two_points_have_the_dimension_of_a_segment(definition, dimension):
    found = measured(0.5 * SEGMENT, definition)
    assert found.dimension == pytest.approx(dimension, abs=3 * found.dimension_error + 1e-12)


@pytest.mark.parametrize("radius", [0.5, 2.0])
def test_a_circle_of_points_has_the_capacity_of_a_ball(radius):
    angles = np.arange(256) * 2 * np.pi / 256
    gram, draws = drawn(radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), n_draws=4000)
    found = measure(anchor_points(gram, draws), draws)
    assert within_three_errors(found.inverse_capacity, found.inverse_capacity_error, 1 / ball_capacity(radius, 2))


def test_a_spare_direction_lowers_a_segment_s_published_dimension():
    """The published code counts a direction that no two points span: 0.81 = 2 (2/π)² where one is exact."""
    random = np.random.default_rng(0)
    gram = 0.25 * SEGMENT @ SEGMENT.T
    directions, center = random.standard_normal((N_DRAWS, 2)), random.standard_normal(N_DRAWS)
    draws = project(gram, directions, center, n_directions=2, floor=1e-12)
    found = measure(anchor_points(gram, draws), draws)
    assert within_three_errors(found.dimension, found.dimension_error, 2 * (2 / np.pi) ** 2)


def test_spare_directions_lengthen_draws_as_independent_ones_do():
    """Of five spare directions two are counted: squared lengths have the mean and variance of 1 + 2 dimensions."""
    random = np.random.default_rng(0)
    points = np.concatenate([SEGMENT, np.zeros((4, 1))])
    directions = random.standard_normal((N_DRAWS, 6))
    draws = project(points @ points.T, directions, np.zeros(N_DRAWS), n_directions=3, floor=1e-12)
    squares = draws.norms**2
    assert draws.n_directions == 3
    assert squares.mean() == pytest.approx(3, abs=3 * np.sqrt(6 / N_DRAWS))
    assert squares.var() == pytest.approx(6, rel=0.1)


def test_doubled_points_change_nothing_at_equal_draws():
    random = np.random.default_rng(0)
    points, vectors, center = (
        random.standard_normal((8, 5)),
        random.standard_normal((300, 5)),
        random.standard_normal(300),
    )
    norms = np.linalg.norm(vectors, axis=1)

    def found(points):
        draws = Draws(vectors @ points.T, center, norms, 5, 5)
        return measure(anchor_points(points @ points.T, draws), draws)

    once, twice = found(points), found(np.concatenate([points, points]))
    for name in ("inverse_capacity", "radius", "dimension"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name), rel=1e-10)


@pytest.mark.parametrize("distance", 10.0 ** -np.arange(5, 15))
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_nearly_doubled_points_are_analysed_as_doubled_ones(distance, margin):
    random = np.random.default_rng(0)
    points, vectors, center = (
        random.standard_normal((8, 5)),
        random.standard_normal((300, 5)),
        random.standard_normal(300),
    )

    def found(points):
        draws = Draws(vectors @ points.T, center, np.linalg.norm(vectors, axis=1), 5, 5)
        return measure(anchor_points(points @ points.T, draws, margin), draws).inverse_capacity

    near = points + distance * random.standard_normal(points.shape)
    assert found(np.concatenate([points, near])) == pytest.approx(found(points), rel=10 * distance + 1e-9)


def test_points_inside_the_hull_change_no_capacity_at_equal_draws():
    random = np.random.default_rng(0)
    points, vectors, center = (
        random.standard_normal((8, 3)),
        random.standard_normal((300, 3)),
        random.standard_normal(300),
    )

    def found(points):
        draws = Draws(vectors @ points.T, center, np.linalg.norm(vectors, axis=1), 3, 3)
        return measure(anchor_points(points @ points.T, draws), draws).inverse_capacity

    inside = random.dirichlet(np.ones(8), size=5) @ points
    assert found(np.concatenate([points, inside])) == pytest.approx(found(points), rel=1e-10)


def test_the_capacity_is_the_squared_distance_that_constraints_move_a_draw():
    """1/α = ⟨‖t − v‖²⟩, v being the nearest vector that has v·(s, 1) ≤ −κ with all points: found by another solver."""
    random = np.random.default_rng(1)
    points, margin = random.standard_normal((7, 4)), 0.3
    gram = points @ points.T
    vectors, center = random.standard_normal((20, 4)), random.standard_normal(20)
    draws = Draws(vectors @ points.T, center, np.linalg.norm(vectors, axis=1), 4, 4)
    ours = measure(anchor_points(gram, draws, margin), draws).inverse_capacity
    augmented = np.column_stack([points, np.ones(7)])
    root = np.linalg.cholesky(augmented @ augmented.T + 1e-13 * np.eye(7))
    distances = []
    for vector, along in zip(vectors, center, strict=True):
        target = augmented @ np.append(vector, along) + margin
        multipliers = nnls(root.T, np.linalg.solve(root, target))[0]
        distances.append(multipliers @ augmented @ augmented.T @ multipliers)
    assert ours == pytest.approx(np.mean(distances), rel=1e-6)


@pytest.mark.parametrize(("radius", "capacity"), [(1e-6, 2), (1e6, 1 / 5.5)])
def test_balls_have_the_limits_of_points_and_of_no_centers(radius, capacity):
    assert ball_capacity(radius, 5) == pytest.approx(capacity, rel=1e-4)


def test_infinite_balls_have_the_capacity_without_centers():
    assert ball_capacity(1e6, 7) == pytest.approx(capacity_without_centers(7), rel=1e-4)


@pytest.mark.parametrize("radius", RADII)
def test_a_ball_of_one_dimension_is_a_segment(radius):
    assert 1 / ball_capacity(radius, 1) == pytest.approx(0.5 + 2 / np.pi * np.arctan(radius), rel=1e-9)


def test_the_paper_s_short_form_has_the_limit_of_as_many_points_as_dimensions():
    assert ball_capacity_of_projection(1e6, 7) == pytest.approx(1 / 7, rel=1e-4)


def test_both_forms_of_a_ball_agree_in_many_dimensions():
    assert ball_capacity(1.0, 3000) == pytest.approx(ball_capacity_of_projection(1.0, 3000), rel=1e-3)


def test_a_ball_s_dimension_by_the_text_approaches_the_true_one():
    assert ball_dimension(1) == pytest.approx(2 / np.pi)
    assert ball_dimension(1000) == pytest.approx(1000 - 0.5, abs=1e-3)


def test_half_of_the_dichotomies_are_separable_at_two_points_a_dimension():
    assert separable_fraction(20, 10) == 0.5


def test_all_dichotomies_are_separable_in_as_many_dimensions_as_points():
    assert separable_fraction(7, 7) == 1
