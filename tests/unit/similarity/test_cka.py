from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rote.errors import ConfigError, DataError
from rote.similarity.cka import ESTIMATORS, linear_cka


def gram_by_loops(x):
    """Gram matrix of examples, each feature centred; exact where `x` holds fractions."""
    n, d = len(x), len(x[0])
    means = [sum(row[c] for row in x) / n for c in range(d)]
    return [[sum((x[i][c] - means[c]) * (x[j][c] - means[c]) for c in range(d)) for j in range(n)] for i in range(n)]


def hsic_by_loops(k, l, estimator):  # noqa: E741
    n = len(k)
    if estimator == "biased":
        return sum(k[i][j] * l[i][j] for i in range(n) for j in range(n))
    beside = [(i, j) for i in range(n) for j in range(n) if i != j]
    trace = sum(k[i][j] * l[j][i] for i, j in beside)
    sums = sum(k[i][j] for i, j in beside) * sum(l[i][j] for i, j in beside)
    through = sum(k[i][j] * l[j][m] for i, j in beside for m in range(n) if m != j)
    return trace + sums / ((n - 1) * (n - 2)) - through * 2 / (n - 2)


def squared_cka_by_loops(x, y, estimator):
    k, l = gram_by_loops(x), gram_by_loops(y)  # noqa: E741
    hsic = hsic_by_loops(k, l, estimator)
    return hsic * abs(hsic) / (hsic_by_loops(k, k, estimator) * hsic_by_loops(l, l, estimator))


def features(n, d, seed, *, offset=0.0):
    return np.random.default_rng(seed).normal(loc=offset, size=(n, d))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("p", "q"), [(3, 5), (40, 7), (60, 60)])
def test_cka_is_that_of_the_explicit_double_loop(estimator, p, q):
    x, y = features(12, p, 0), features(12, q, 1)
    y[:, 0] += x[:, 0]
    squared = squared_cka_by_loops(x.tolist(), y.tolist(), estimator)
    assert linear_cka(x, y, estimator=estimator) == pytest.approx(np.sign(squared) * abs(squared) ** 0.5, abs=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_cka_of_whole_numbers_is_the_exact_rational(estimator):
    x = [[1, 0, 2], [0, 3, 1], [2, 2, 0], [5, 1, 1], [1, 4, 2]]
    y = [[2, 1], [0, 1], [3, 5], [4, 0], [2, 2]]
    exact = squared_cka_by_loops(
        [[Fraction(value) for value in row] for row in x], [[Fraction(value) for value in row] for row in y], estimator
    )
    value = linear_cka(np.array(x), np.array(y), estimator=estimator)
    assert np.sign(value) * value**2 == pytest.approx(float(exact), abs=1e-15)


def test_cka_of_a_line_with_its_square_is_known():
    """x = −2 … 2 against (x, x²): K = xxᵀ and K + ccᵀ with c ⟂ x, hence ‖x‖² / √(‖x‖⁴ + ‖c‖⁴) = 10 / √(100 + 196)."""
    x = np.arange(-2, 3.0)[:, None]
    assert linear_cka(x, np.hstack([x, x**2])) == pytest.approx(10 / 296**0.5, abs=1e-15)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("d", [3, 100])
def test_a_representation_resembles_itself_exactly(estimator, d):
    x = features(20, d, 0)
    assert linear_cka(x, x, estimator=estimator) == 1
    assert linear_cka(x, torch.tensor(x), estimator=estimator) == 1


@pytest.mark.parametrize("estimator", ESTIMATORS)
@settings(max_examples=30)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-30, 1e30), shift=st.floats(-100, 100))
def test_cka_is_invariant_to_rotation_scale_and_shift(estimator, seed, scale, shift):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(15, 6)), random.normal(size=(15, 20))
    rotation = np.linalg.qr(random.normal(size=(6, 6)))[0]
    moved = scale * (x @ rotation + shift * random.normal(size=6))
    assert linear_cka(moved, y, estimator=estimator) == pytest.approx(linear_cka(x, y, estimator=estimator), abs=1e-10)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_cka_is_symmetric_and_at_most_one(estimator, seed):
    x, y = features(9, 4, seed), features(9, 30, seed + 1)
    value = linear_cka(x, y, estimator=estimator)
    assert value == pytest.approx(linear_cka(y, x, estimator=estimator), abs=1e-14)
    assert value <= 1
    assert estimator == "unbiased" or value >= 0


def test_order_of_examples_matters_and_of_features_does_not():
    x = features(30, 8, 0)
    assert linear_cka(x, x[:, ::-1].copy()) == pytest.approx(1, abs=1e-14)
    assert linear_cka(x, x[::-1].copy()) < 0.7


def test_biased_cka_of_unrelated_features_approaches_one_and_unbiased_stays_at_zero():
    """For Gaussian features E‖K‖² ≈ n d (d + n) and E tr K = n d, and the mean over pairings is tr K tr L / (n−1):
    the biased value of unrelated features is about d / (d + n), .970 at n = 512 and d = 16,384.
    """
    n, d = 64, 2048
    x, y = features(n, d, 0), features(n, d, 1)
    assert linear_cka(x, y) == pytest.approx(d / (d + n), abs=2e-3)
    assert abs(linear_cka(x, y, estimator="unbiased")) < 0.05


def test_unbiased_cka_of_unrelated_features_has_mean_zero_and_is_not_clipped():
    values = [
        linear_cka(features(16, 64, 2 * i), features(16, 64, 2 * i + 1), estimator="unbiased") for i in range(200)
    ]
    assert min(values) < 0
    assert abs(np.mean(values)) < 4 * np.std(values) / 200**0.5


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("offset", [0, 30, 1000])
def test_offsets_of_a_thousand_deviations_leave_float32_inputs_exact(estimator, offset):
    x = features(32, 300, 0, offset=offset).astype(np.float32)
    y = features(32, 50, 1, offset=-offset).astype(np.float32)
    squared = squared_cka_by_loops(x.astype(float).tolist(), y.astype(float).tolist(), estimator)
    assert linear_cka(x, y, estimator=estimator) == pytest.approx(np.sign(squared) * abs(squared) ** 0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((5, 2)), features(5, 2, 0), "x is constant"),
        (np.full((5, 2), 0.1, np.float32), features(5, 2, 0), "x is constant"),
        (features(5, 2, 0), np.full((5, 2), np.nan), "y holds a NaN"),
        (np.full((5, 2), np.inf), features(5, 2, 0), "x holds a NaN or an infinity"),
        (features(5, 2, 0), features(6, 2, 0), "x has 5 examples and y has 6"),
        (features(3, 2, 0), features(3, 2, 1), "at least 4"),
        (features(5, 2, 0)[:, None], features(5, 2, 0), r"x has shape \(5, 1, 2\)"),
        (features(5, 0, 0), features(5, 2, 0), "x is constant"),
    ],
)
def test_what_has_no_cka_is_refused_by_name(x, y, message):
    with pytest.raises(DataError, match=message):
        linear_cka(x, y, estimator="unbiased")


def test_an_unknown_estimator_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean unbiased"):
        linear_cka(features(5, 2, 0), features(5, 2, 0), estimator="unbaised")
