import pytest
from scipy.stats import beta, binom, binomtest

from rote.binomial import interval, lower_bound
from rote.errors import DataError

ALPHAS = (0.001, 0.05, 0.5, 0.9)
GRID = pytest.mark.parametrize(("n", "alpha"), [(n, alpha) for n in (1, 9, 10, 100, 1000, 100_000) for alpha in ALPHAS])


def counts(n):
    candidates = {0, 1, n // 2, n // 2 + 1, (3 * n) // 4, n - 1, n}
    return sorted(count for count in candidates if 0 <= count <= n)


@GRID
def test_the_bound_is_that_of_the_exact_binomial_test(n, alpha):
    for count in counts(n):
        exact = binomtest(count, n, alternative="greater").proportion_ci(1 - alpha, "exact").low
        assert lower_bound(count, n, alpha) == pytest.approx(exact, rel=1e-9, abs=1e-11)
        if count:
            assert lower_bound(count, n, alpha) == pytest.approx(beta.ppf(alpha, count, n - count + 1), rel=1e-12)


@GRID
def test_at_the_bound_so_many_successes_or_more_have_probability_alpha(n, alpha):
    for count in counts(n):
        tail = binom.sf(count - 1, n, lower_bound(count, n, alpha))
        assert tail == pytest.approx(alpha if count else 1.0, rel=1e-8)


@pytest.mark.parametrize("count", [0, 1, 17, 49, 50])
def test_the_interval_is_the_exact_two_sided_one(count):
    expected = binomtest(count, 50).proportion_ci(0.95, "exact")
    assert interval(count, 50) == pytest.approx((expected.low, expected.high), rel=1e-9)


@pytest.mark.parametrize("count", [-1, 11])
def test_an_impossible_count_is_refused(count):
    with pytest.raises(DataError, match="from 0 to the number of draws"):
        interval(count, 10)
