"""The directions that centres share: derivatives, the rule, and planted subspaces."""

import numpy as np
import pytest

from rote.geometry.centers import _most_stable, about_their_mean, mean_correlation, shared_directions
from rote.geometry.solvers import correlations


def planted(rank=3, manifolds=40, features=200):
    """Gram matrix of centres about their mean, that share `rank` strong directions."""
    random = np.random.default_rng(0)
    centers = random.standard_normal((manifolds, features))
    centers += 3 * random.standard_normal((manifolds, rank)) @ random.standard_normal((rank, features))
    return about_their_mean(centers @ centers.T)


def generators(number, seed=0):
    return [np.random.default_rng([seed, one]) for one in range(number)]


def cost(coordinates, basis):
    """Half the sum of squared correlations, pair by pair."""
    rest = coordinates - coordinates @ basis @ basis.T
    total = 0.0
    for one in rest:
        for other in rest:
            total += (one @ other) ** 2 / (one @ one) / (other @ other)
    return total / 2


@pytest.fixture
def point():
    """Coordinates (n, r), an orthonormal basis (r, k), and two directions that change its subspace."""
    random = np.random.default_rng(0)
    coordinates = random.standard_normal((12, 9)) * np.linspace(1, 4, 9)
    basis = correlations.orthonormal(random.standard_normal((9, 2)))
    moves = random.standard_normal((2, 9, 2))
    return coordinates, basis, moves - basis @ (basis.T @ moves)


def state_at(coordinates, basis):
    return correlations._cost(coordinates, coordinates @ coordinates.T, basis)


def test_the_cost_is_half_the_sum_of_squared_correlations(point):
    coordinates, basis, _ = point
    assert state_at(coordinates, basis)[0] == pytest.approx(cost(coordinates, basis), rel=1e-12)


def test_the_gradient_is_the_cost_s_slope(point):
    coordinates, basis, (move, _) = point
    gradient, _ = correlations._gradient(basis, state_at(coordinates, basis)[1])
    ahead, behind = (cost(coordinates, correlations.orthonormal(basis + step * move)) for step in (1e-5, -1e-5))
    assert (gradient * move).sum() == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)


def test_the_hessian_is_the_cost_s_curvature(point):
    coordinates, basis, (move, _) = point
    middle, state = state_at(coordinates, basis)
    _, along = correlations._gradient(basis, state)
    bend = (move * correlations._curvature(basis, state, along, move)).sum()
    ahead, behind = (cost(coordinates, correlations.orthonormal(basis + step * move)) for step in (1e-4, -1e-4))
    assert bend == pytest.approx((ahead - 2 * middle + behind) / 1e-8, rel=1e-4)


def test_the_hessian_is_symmetric(point):
    coordinates, basis, (one, other) = point
    _, state = state_at(coordinates, basis)
    _, along = correlations._gradient(basis, state)
    products = [(a * correlations._curvature(basis, state, along, b)).sum() for a, b in ((one, other), (other, one))]
    assert products[0] == pytest.approx(products[1], rel=1e-12)


def test_planted_directions_are_counted_and_taken_off():
    shared = shared_directions(planted(rank=3), generators(40), restarts=5)
    assert shared.rank == 3
    assert 1 <= shared.agreeing <= shared.restarts == 5
    assert shared.correlations[3] < 0.3 * shared.correlations[0]
    assert shared.correlations[3] == shared.correlations[1:].min()


def test_directions_are_orthonormal():
    gram = planted()
    coefficients = shared_directions(gram, generators(40), restarts=3).coefficients
    np.testing.assert_allclose(coefficients.T @ gram @ coefficients, np.eye(3), atol=1e-11)


def test_more_restarts_never_leave_a_smaller_residual_the_largest():
    """Of all minima the one is kept whose smallest residual is largest, so more of them can only raise it."""
    gram = planted(rank=1, manifolds=20, features=40)

    def stability(restarts):
        coordinates = np.linalg.cholesky(gram + 1e-9 * np.eye(20))
        draws = np.random.default_rng(1).standard_normal((20, restarts))
        basis, _ = _most_stable(coordinates, coordinates @ coordinates.T, np.zeros((20, 0)), coordinates.T @ draws)
        inside = ((coordinates @ basis) ** 2).sum(axis=1)
        return (1 - inside / (coordinates**2).sum(axis=1)).min()

    found = [stability(restarts) for restarts in (1, 3, 10, 30)]
    assert (np.diff(found) >= -1e-9).all()


@pytest.mark.parametrize("manifolds", [2, 3])
def test_two_or_three_centers_share_no_directions(manifolds):
    centers = np.random.default_rng(0).standard_normal((manifolds, 8))
    shared = shared_directions(about_their_mean(centers @ centers.T), generators(manifolds), restarts=2)
    assert shared.rank == 0


@pytest.mark.parametrize("manifolds", [4, 5, 10])
def test_ranks_end_three_below_the_number_of_manifolds(manifolds):
    centers = np.random.default_rng(0).standard_normal((manifolds, 30))
    shared = shared_directions(about_their_mean(centers @ centers.T), generators(manifolds), restarts=2)
    assert 1 <= shared.rank <= len(shared.correlations) - 1 <= manifolds - 3


def test_a_center_at_the_mean_takes_part_in_no_correlation():
    centers = np.array([[1.0, 0], [0, 1], [-1, -1], [0, 0]])
    others = centers[:3] @ centers[:3].T
    assert mean_correlation(centers @ centers.T) == pytest.approx(mean_correlation(others), rel=1e-14)


def test_centers_that_coincide_have_no_correlation():
    assert np.isnan(mean_correlation(np.zeros((3, 3))))
