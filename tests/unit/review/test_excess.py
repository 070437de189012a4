import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.review.excess import Distances, squared_distances

LEVEL = 0.001


def distances(vectors, resolution=0.0, dimensions=4):
    return Distances(squared_distances(np.asarray(vectors, np.float64)), resolution, dimensions)


@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(1, 20))
def test_the_excess_is_the_ratio_of_traces_that_its_formula_says(seed, m, p):
    first, *fresh = np.random.default_rng(seed).normal(size=(1 + m, p))
    centre = np.mean(fresh, axis=0)
    variance = sum(np.sum((draw - centre) ** 2) for draw in fresh) / (m - 1)
    expected = m / (m + 1) * np.sum((first - centre) ** 2) / variance
    assert distances([first, *fresh]).excess == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("p", [4, 40])
def test_draws_of_one_law_are_refused_as_seldom_as_the_level_says(p):
    random, level, tries = np.random.default_rng(0), 0.05, 2000
    drawn = [distances(random.normal(size=(5, p)), dimensions=4) for _ in range(tries)]
    refused = sum(one.excess > one.allowed(level) for one in drawn)
    assert refused / tries < level + 3 * (level * (1 - level) / tries) ** 0.5


def test_a_draw_of_another_law_is_refused():
    vectors = np.random.default_rng(0).normal(size=(5, 40))
    vectors[0] += 5
    assert distances(vectors).excess > distances(vectors).allowed(LEVEL)


def test_what_differs_by_no_more_than_the_resolution_is_accepted_though_fresh_draws_are_equal():
    vectors = np.zeros((5, 10))
    vectors[0, 3] = 1e-3
    assert distances(vectors, resolution=1e-6).excess <= 1
    assert distances(vectors, resolution=1e-12).excess > distances(vectors).allowed(LEVEL)


def test_fewer_dimensions_allow_more():
    allowed = [distances(np.eye(5), dimensions=d).allowed(LEVEL) for d in (1, 2, 8, 16)]
    assert allowed == sorted(allowed, reverse=True)
