"""Non-negative least squares: what an optimum must satisfy, and that it is the one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from rote.geometry.solvers import quadratic


def solved(gram, target, start=()):
    state = quadratic.workspace(len(target))
    size, converged = quadratic.minimise(gram, target, state, np.array(start, np.int64))
    assert converged
    multipliers = np.zeros(len(target))
    multipliers[state[2][:size]] = state[3][:size]
    return multipliers


@st.composite
def programmes(draw):
    """Points (m, d) and a vector (d,): as many dimensions as points, more or fewer, some points given twice."""
    m, d = draw(st.integers(1, 25)), draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    points = random.standard_normal((m, d)) + draw(st.sampled_from([0.0, 1.0, 30.0]))
    twice = random.random(m) < draw(st.sampled_from([0.0, 0.5]))
    return np.concatenate([points, points[twice]]), random.standard_normal(d) * draw(st.sampled_from([1e-3, 1.0, 1e3]))


@settings(max_examples=60, deadline=None)
@given(programmes())
def test_an_optimum_satisfies_the_kkt_conditions(programme):
    points, vector = programme
    gram, target = points @ points.T, points @ vector
    multipliers = solved(gram, target)
    slope = gram @ multipliers - target
    scale = np.abs(target).max()
    assert multipliers.min() >= 0
    assert slope.min() >= -1e-9 * scale
    assert np.abs(multipliers * slope).max() <= 1e-9 * scale * max(multipliers.max(), 1e-300)


@settings(max_examples=30, deadline=None)
@given(programmes())
def test_the_residual_is_that_of_scipy_s_solver(programme):
    points, vector = programme
    ours = vector - solved(points @ points.T, points @ vector) @ points
    expected = vector - nnls(points.T, vector)[0] @ points
    np.testing.assert_allclose(ours, expected, atol=1e-9 * np.linalg.norm(vector))


@settings(max_examples=30, deadline=None)
@given(programmes(), st.integers(0, 10**6))
def test_the_residual_does_not_depend_on_the_start(programme, seed):
    points, vector = programme
    gram, target = points @ points.T, points @ vector
    start = np.random.default_rng(seed).permutation(len(points))[: len(points) // 2]
    np.testing.assert_allclose(
        solved(gram, target, start) @ points, solved(gram, target) @ points, atol=1e-9 * np.linalg.norm(vector)
    )


def test_no_multiplier_is_positive_where_all_constraints_are_met():
    gram = np.eye(3)
    assert solved(gram, -np.ones(3)) == pytest.approx(np.zeros(3), abs=0)
