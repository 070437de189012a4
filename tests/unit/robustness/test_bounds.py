from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from rote.errors import ConfigError, DataError
from rote.robustness.bounds import certified_radius, smallest_certifiable_count

DRAWS = (1, 9, 10, 100, 1000, 100_000)
ALPHAS = (0.001, 0.05, 0.5, 0.9)


GRID = pytest.mark.parametrize(("n", "alpha"), [(n, alpha) for n in DRAWS for alpha in ALPHAS])


def counts(n, alpha):
    least = smallest_certifiable_count(n, alpha)
    candidates = {0, 1, n // 2, n // 2 + 1, least - 1, least, (3 * n) // 4, n - 1, n}
    return sorted(count for count in candidates if 0 <= count <= n)


def exact_bound(count, n, alpha):
    return binomtest(count, n, alternative="greater").proportion_ci(1 - alpha, "exact").low


@GRID
def test_the_radius_is_standard_deviation_times_the_normal_quantile_of_the_bound_and_nan_up_to_a_half(n, alpha):
    for count in counts(n, alpha):
        share, radius = exact_bound(count, n, alpha), certified_radius(count, n, 0.5, alpha)
        if share > 0.5 + 1e-12:
            assert radius == pytest.approx(0.5 * norm.ppf(share), rel=1e-7)
        else:
            assert np.isnan(radius)


def test_at_a_thousandth_nine_draws_certify_nothing_and_ten_do_if_all_agree():
    assert smallest_certifiable_count(9, 0.001) == 10
    assert smallest_certifiable_count(10, 0.001) == 10
    assert np.isnan(certified_radius(9, 9, 1.0, 0.001))
    assert certified_radius(10, 10, 1.0, 0.001) == pytest.approx(norm.ppf(0.001**0.1), rel=1e-9)
    assert np.isnan(certified_radius(9, 10, 1.0, 0.001))


@pytest.mark.parametrize("alpha", [0.001, 0.01, 0.1, 0.3])
@pytest.mark.parametrize("n", [1, 2, 5, 9, 10, 33, 100])
def test_a_count_is_certifiable_if_a_fair_coin_gives_it_or_more_with_less_than_alpha(n, alpha):
    tails = [sum(comb(n, k) for k in range(count, n + 1)) / 2**n for count in range(n + 2)]
    assert smallest_certifiable_count(n, alpha) == next(count for count, tail in enumerate(tails) if tail < alpha)


@given(st.integers(1, 5000), st.floats(1e-6, 0.9))
def test_radii_begin_at_the_smallest_certifiable_count_and_grow(n, alpha):
    radii = certified_radius(np.arange(n + 1), n, 0.25, alpha)
    least = smallest_certifiable_count(n, alpha)
    assert np.isnan(radii[:least]).all()
    assert (radii[least:] > 0).all()
    assert (np.diff(radii[least:]) > 0).all()


def test_the_radius_at_the_full_count_has_the_precision_of_float64():
    n, alpha = 100_000, 0.001
    assert certified_radius(n, n, 0.5, alpha) == pytest.approx(0.5 * norm.isf(-np.expm1(np.log(alpha) / n)), rel=1e-11)


def test_counts_and_draws_broadcast():
    counts, n = np.array([[90, 100], [95, 60]]), np.array([100, 120])
    radii = certified_radius(counts, n, 1.0, 0.001)
    assert radii.shape == (2, 2)
    assert radii.dtype == np.float64
    for i, j in np.ndindex(2, 2):
        np.testing.assert_array_equal(radii[i, j], certified_radius(counts[i, j], n[j], 1.0, 0.001))


@pytest.mark.parametrize("alpha", [0, 1, -0.1, float("nan")])
def test_an_impossible_alpha_is_refused(alpha):
    with pytest.raises(ConfigError, match="alpha must be"):
        smallest_certifiable_count(10, alpha)


@pytest.mark.parametrize("standard_deviation", [0, -1, float("inf"), float("nan")])
def test_an_impossible_standard_deviation_is_refused(standard_deviation):
    with pytest.raises(ConfigError, match="standard_deviation must be"):
        certified_radius(9, 10, standard_deviation, 0.001)


@pytest.mark.parametrize("count", [-1, 11])
def test_an_impossible_count_is_refused(count):
    with pytest.raises(DataError, match="from 0 to the number of draws"):
        certified_radius(count, 10, 0.5, 0.001)
