import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.claims.stitching.slopes import bend, slope, slope_through_zero

X = np.array([0.1, 0.25, 0.5])


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_parabola_through_zero_gives_its_slope_and_its_bend(linear, square):
    assert bend(X, linear * X + square * X**2) == pytest.approx(square * 0.25, abs=1e-9)
    assert slope_through_zero(X, linear * X) == pytest.approx(linear, abs=1e-12)


def test_a_slope_is_that_of_least_squares():
    y = np.array([1.0, 3.0, 2.0])
    assert slope(X, y) == pytest.approx(np.polyfit(X, y, 1)[0])


def test_too_few_shares_give_no_slope_and_no_bend():
    assert np.isnan(bend(X[:2], X[:2]))
    assert np.isnan(slope(X[:1], X[:1]))
    assert np.isnan(slope(np.ones(3), X))
    assert np.isnan(slope_through_zero(np.zeros(2), np.ones(2)))
