import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student_t
from scipy.stats import ttest_1samp

from rote.claims.intervals import bootstrapped, over_seeds
from rote.errors import DataError

numbers = st.floats(-1e6, 1e6)


def draws(index=0):
    return np.random.default_rng([3, index])


@given(st.lists(numbers, min_size=2, max_size=12), st.floats(0.5, 0.999))
def test_the_interval_over_seeds_is_student_s(values, confidence):
    found = over_seeds(values, confidence)
    n, deviation = len(values), np.std(values, ddof=1)
    quantile = student_t.ppf((1 + confidence) / 2, n - 1)
    assert found.estimate == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert found.high - found.low == pytest.approx(2 * quantile * deviation / np.sqrt(n), rel=1e-6, abs=1e-6)


def test_the_interval_excludes_zero_exactly_where_the_paired_t_test_rejects_it():
    for index in range(40):
        values = draws(index).normal(0.6, 1, 6)
        found = over_seeds(values, 0.95)
        assert (found.low > 0 or found.high < 0) == (ttest_1samp(values, 0).pvalue < 0.05)


@pytest.mark.parametrize("values", [[], [0.3]])
def test_fewer_than_two_seeds_have_no_interval(values):
    found = over_seeds(values)
    assert found.n_units == len(values)
    assert np.isnan([found.low, found.high]).all()


def test_a_statistic_that_one_seed_lacks_has_no_mean():
    assert np.isnan(over_seeds([0.1, np.nan, 0.2]).estimate)


def test_the_bootstrap_of_a_mean_comes_to_the_normal_interval():
    values = draws().normal(2, 3, 400)
    found = bootstrapped(values, np.mean, draws(1), n_resamples=4000)
    half = 1.959964 * values.std() / np.sqrt(400)
    assert found.estimate == values.mean()
    assert [found.low, found.high] == pytest.approx([values.mean() - half, values.mean() + half], abs=0.1 * half)


def test_the_bootstrap_draws_whole_units():
    curves = np.repeat(np.arange(5.0)[:, None], 7, axis=1)  # each unit's entries are alike
    spreads = bootstrapped(curves, lambda units: float(np.ptp(units, axis=1).max()), draws())
    assert (spreads.low, spreads.estimate, spreads.high) == (0, 0, 0)


def test_equal_draws_give_equal_intervals_whatever_the_global_state():
    values = draws().normal(size=9)
    np.random.seed(0)  # noqa: NPY002
    first = bootstrapped(values, np.median, draws(4))
    np.random.seed(1)  # noqa: NPY002
    assert bootstrapped(values, np.median, draws(4)) == first


@pytest.mark.parametrize("confidence", [0, 1, -0.5, np.nan])
def test_a_confidence_outside_zero_and_one_is_refused(confidence):
    with pytest.raises(DataError, match="confidence"):
        over_seeds([0.1, 0.2], confidence)
    with pytest.raises(DataError, match="confidence"):
        bootstrapped([0.1, 0.2], np.mean, draws(), confidence=confidence)


def test_values_that_are_no_row_are_refused():
    with pytest.raises(DataError, match="shape"):
        over_seeds([[0.1], [0.2]])
    with pytest.raises(DataError, match="no units"):
        bootstrapped([], np.mean, draws())
