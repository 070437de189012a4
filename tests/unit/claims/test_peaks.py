"""The detector of double descent: on curves with a known peak, and on those without one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rote.claims.peaks import misfit, peak, peak_above_noise
from rote.errors import DataError

CURVES = arrays(np.float64, st.integers(1, 8), elements=st.floats(-10, 10, width=16))


def highest_of_three(curve):
    """By its definition: valley, peak and descent."""
    n = len(curve)
    heights = [
        min(curve[j] - curve[i], curve[j] - curve[k]) for j in range(n) for i in range(j) for k in range(j + 1, n)
    ]
    return max([0.0, *heights])


@given(CURVES)
def test_the_height_is_that_of_the_best_valley_peak_and_descent(curve):
    assert peak(curve).height == highest_of_three(curve)


@given(CURVES)
def test_a_monotone_curve_has_no_peak_and_no_misfit(curve):
    for monotone in (np.sort(curve), np.sort(curve)[::-1]):
        assert peak(monotone) == (0, None)
        assert misfit(monotone) == pytest.approx(0, abs=1e-12)


@given(CURVES, st.floats(-5, 5))
def test_a_common_shift_changes_nothing(curve, shift):
    assert peak(curve + shift).height == pytest.approx(peak(curve).height, abs=1e-9)


def test_linear_regression_has_its_peak_where_parameters_are_as_many_as_examples():
    """Minimum-norm least squares on noisy data (Belkin et al. 2019): the one double descent with a known place."""
    n, sizes = 40, np.arange(5, 121, 5)
    curves = np.log([[error_of_regression(n, p, seed) for p in sizes] for seed in range(6)])
    assert sizes[peak(curves.mean(axis=0)).place] == n
    assert peak_above_noise(curves, np.random.default_rng(0)) > 0


def error_of_regression(n, p, seed):
    """Test error of the first p of 120 features."""
    random = np.random.default_rng(seed)
    train, test, weights = random.standard_normal((n, 120)), random.standard_normal((500, 120)), np.ones(120) / 11
    target = train @ weights + 0.5 * random.standard_normal(n)
    fitted = np.linalg.pinv(train[:, :p]) @ target
    return np.mean((test[:, :p] @ fitted - test @ weights) ** 2)


def test_a_falling_curve_with_noise_shows_a_peak_no_oftener_than_said():
    random, falling = np.random.default_rng(0), np.linspace(1, 0, 10)
    found = [
        peak_above_noise(falling + 0.2 * random.standard_normal((8, 10)), random, n_resamples=200) > 0
        for _ in range(200)
    ]
    assert np.mean(found) < 0.08  # 0.025 at best, from eight seeds


@pytest.mark.parametrize("shape", [(1, 5), (3, 2), (5,)])
def test_too_few_seeds_or_sizes_are_refused(shape):
    with pytest.raises(DataError, match="seeds"):
        peak_above_noise(np.zeros(shape), np.random.default_rng(0))
