from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from rote.config.density_model import Tolerance
from rote.density.divergence import (
    AVERAGES,
    BATCH,
    complexity,
    relative_entropies,
    relative_entropy,
    relative_entropy_matrix,
)
from rote.density.predictive import PosteriorPredictive
from rote.density.prior import NormalInverseWishart
from rote.errors import ConfigError, DataError
from tests.unit.density.predictive_examples import (
    CONCENTRATIONS,
    PARTITIONS,
    observations,
    predictive,
    prior,
    whole_line,
)

averages = pytest.mark.parametrize("average", AVERAGES)
ROUGH = Tolerance(standard_error=1.0)


def fine(error):
    return Tolerance(standard_error=error)


def generator(seed=0):
    return np.random.default_rng(seed)


def integrated(p, log_q, average):
    """Relative entropy of a one-dimensional p by quadrature."""
    x, weights = whole_line(0.01)
    points = x[:, None]
    logs = p.log_density(points)[None] if average == "divergence_of_mean" else p.log_density_of_samples(points)
    return float(np.mean((np.exp(logs) * (logs - log_q(points))) @ weights))


def gaussian(mean, covariance):
    """In effect a Gaussian: one component, its covariance settled by the prior."""
    d = len(mean)
    strength = 1e9
    theta = NormalInverseWishart(np.asarray(mean), strength, strength, np.asarray(covariance) * strength)
    return PosteriorPredictive.from_assignments(np.zeros((2, d)) + mean, [[0, 0]], [1.0], theta, predictive="published")


def gaussian_relative_entropy(mean_p, cov_p, mean_q, cov_q):
    offset, precision = np.subtract(mean_q, mean_p), np.linalg.inv(cov_q)
    ratio = np.linalg.slogdet(cov_q)[1] - np.linalg.slogdet(cov_p)[1]
    return 0.5 * (np.trace(precision @ cov_p) + offset @ precision @ offset - len(mean_p) + ratio)


MEANS = np.array([[0.0, 1.0, 2.0], [0.5, 0.5, 1.0]])
COVARIANCES = np.array([np.eye(3) + 0.4, np.diag([1.0, 2.0, 0.5]) + 0.2])


@averages
def test_complexity_is_the_integral_of_eq_4(average):
    p, x = predictive(1), observations(1)
    estimate = complexity(p, x, generator(), fine(0.005), average=average)
    exact = integrated(p, lambda at: norm(x.mean(), x.std()).logpdf(at[:, 0]), average)
    assert estimate.value == pytest.approx(exact, abs=4 * estimate.standard_error)


@averages
def test_relative_entropy_is_the_integral_of_eq_4(average):
    p, q = predictive(1), predictive(1, seed=5)
    estimate = relative_entropy(p, q, generator(), fine(0.01), average=average)
    assert estimate.value == pytest.approx(integrated(p, q.log_density, average), abs=4 * estimate.standard_error)


@averages
def test_complexity_agrees_with_the_plain_average_over_draws(average):
    p, x = predictive(3, degrees_of_freedom=12.0), observations(3)
    estimate = complexity(p, x, generator(), fine(0.005), average=average)
    draws = p.sample(20_000, generator(1))
    if average == "divergence_of_mean":
        logs = p.log_density(draws.points)
    else:
        logs = p.log_density_of_samples(draws.points)[draws.snapshots, np.arange(len(draws.points))]
    plain = logs - norm(x.mean(axis=0), x.std(axis=0)).logpdf(draws.points).sum(axis=1)
    error = np.hypot(estimate.standard_error, plain.std() / len(plain) ** 0.5)
    assert estimate.value == pytest.approx(plain.mean(), abs=4 * error)


def test_complexity_of_one_gaussian_is_closed_form_without_error():
    x = generator().normal(size=(20, 3)) * [1, 2, 3]
    estimate = complexity(gaussian(MEANS[0], COVARIANCES[0]), x, generator(), Tolerance(relative_standard_error=1e-6))
    exact = gaussian_relative_entropy(MEANS[0], COVARIANCES[0], x.mean(axis=0), np.diag(x.var(axis=0)))
    assert estimate.value == pytest.approx(exact, rel=1e-6)
    assert estimate.draws == BATCH


def test_relative_entropy_of_gaussians_is_the_closed_form():
    p, q = (gaussian(mean, covariance) for mean, covariance in zip(MEANS, COVARIANCES, strict=True))
    estimate = relative_entropy(p, q, generator(), fine(0.01))
    exact = gaussian_relative_entropy(MEANS[0], COVARIANCES[0], MEANS[1], COVARIANCES[1])
    assert estimate.value == pytest.approx(exact, abs=4 * estimate.standard_error)


def test_relative_entropy_of_a_model_from_itself_is_exactly_zero():
    assert astuple(relative_entropy(predictive(3), predictive(3), generator(), fine(1e-9))) == (0, 0, BATCH, True)


@settings(max_examples=15)
@given(seeds=st.tuples(st.integers(0, 1000), st.integers(0, 1000)), d=st.integers(1, 4))
def test_relative_entropy_is_not_negative(seeds, d):
    estimate = relative_entropy(predictive(d, seeds[0]), predictive(d, seeds[1]), generator(), fine(0.05))
    assert estimate.value >= -5 * estimate.standard_error


def test_mean_of_divergences_is_not_smaller_than_divergence_of_mean():
    p, x = predictive(2), observations(2)
    of_mean, of_each = (complexity(p, x, generator(), fine(0.005), average=average) for average in AVERAGES)
    assert of_each.value - of_mean.value > 5 * of_mean.standard_error


@settings(max_examples=10)
@given(
    factors=st.tuples(*[st.floats(1e-3, 1e3)] * 2),
    offset=st.tuples(*[st.floats(-100, 100)] * 2),
)
def test_shift_and_scale_of_data_and_prior_change_nothing(factors, offset):
    factors = np.array(factors)
    theta = prior(2)
    moved_prior = NormalInverseWishart(
        theta.mean * factors + offset,
        theta.mean_strength,
        theta.degrees_of_freedom,
        theta.scale * np.outer(factors, factors),
    )

    def moved(seed):
        x = observations(2, seed) * factors + offset
        return x, PosteriorPredictive.from_assignments(x, PARTITIONS, CONCENTRATIONS, moved_prior)

    (x, p), (_, q) = moved(0), moved(5)
    same = complexity(p, x, generator(), ROUGH).value
    assert same == pytest.approx(complexity(predictive(2), observations(2), generator(), ROUGH).value, rel=1e-6)
    same = relative_entropy(p, q, generator(), ROUGH).value
    assert same == pytest.approx(relative_entropy(predictive(2), predictive(2, 5), generator(), ROUGH).value, rel=1e-6)


def test_rotation_of_data_and_prior_changes_no_relative_entropy():
    rotation = np.linalg.qr(generator(3).normal(size=(3, 3)))[0]
    theta = prior(3)
    turned = NormalInverseWishart(
        theta.mean @ rotation, theta.mean_strength, theta.degrees_of_freedom, rotation.T @ theta.scale @ rotation
    )
    p, q = (
        PosteriorPredictive.from_assignments(observations(3, seed) @ rotation, PARTITIONS, CONCENTRATIONS, turned)
        for seed in (0, 5)
    )
    before = relative_entropy(predictive(3), predictive(3, 5), generator(), fine(0.01))
    after = relative_entropy(p, q, generator(1), fine(0.01))
    error = np.hypot(before.standard_error, after.standard_error)
    assert after.value == pytest.approx(before.value, abs=4 * error)


def test_an_estimate_is_the_mean_of_its_draws_and_their_standard_error():
    p, q = predictive(2), predictive(2, 5)
    estimate = relative_entropy(p, q, generator(), Tolerance(standard_error=1e-9, max_draws=4 * BATCH))
    same = generator()
    points = np.concatenate([p.sample(BATCH, same).points for _ in range(4)])
    ratios = p.log_density(points) - q.log_density(points)
    assert estimate.value == pytest.approx(ratios.mean(), rel=1e-10)
    assert estimate.standard_error == pytest.approx(ratios.std(ddof=1) / len(ratios) ** 0.5, rel=1e-10)


@pytest.mark.parametrize("divergence", ["complexity", "relative_entropy"])
@averages
def test_standard_error_is_the_spread_over_seeds(divergence, average):
    p, q, x = predictive(1), predictive(1, seed=5), observations(1)
    if divergence == "complexity":
        exact = integrated(p, lambda at: norm(x.mean(), x.std()).logpdf(at[:, 0]), average)
        estimates = [complexity(p, x, generator(seed), ROUGH, average=average) for seed in range(200)]
    else:
        exact = integrated(p, q.log_density, average)
        estimates = [relative_entropy(p, q, generator(seed), ROUGH, average=average) for seed in range(200)]
    deviations = np.array([(estimate.value - exact) / estimate.standard_error for estimate in estimates])
    assert abs(deviations.mean()) < 4 / 200**0.5
    assert 0.8 < deviations.std() < 1.2  # its sampling deviation is 0.05


@pytest.mark.parametrize("tolerance", [fine(0.02), Tolerance(relative_standard_error=0.02)])
def test_requested_standard_error_is_met(tolerance):
    for estimate in (
        complexity(predictive(2), observations(2), generator(), tolerance),
        relative_entropy(predictive(2), predictive(2, 5), generator(), tolerance),
    ):
        bound = max(tolerance.standard_error, tolerance.relative_standard_error * estimate.value)
        assert estimate.reached
        assert 0 < estimate.standard_error <= bound


def test_a_smaller_tolerance_takes_more_draws():
    rough, exact = (relative_entropy(predictive(2), predictive(2, 5), generator(), fine(e)) for e in (0.5, 0.02))
    assert BATCH == rough.draws < exact.draws


def test_an_estimate_that_is_capped_says_so():
    tolerance = Tolerance(standard_error=1e-6, max_draws=BATCH + 1)
    estimate = relative_entropy(predictive(2), predictive(2, 5), generator(), tolerance)
    assert (estimate.draws, estimate.reached) == (2 * BATCH, False)


def test_an_entry_of_the_matrix_does_not_depend_on_the_other_models():
    models = [predictive(2, seed) for seed in (0, 5, 6)]
    tolerance = fine(0.05)
    matrix = relative_entropy_matrix(models, [generator(seed) for seed in range(3)], tolerance)
    for i, p in enumerate(models):
        row = relative_entropies(p, models[::-1], generator(i), tolerance)[::-1]
        for j, q in enumerate(models):
            alone = relative_entropy(p, q, generator(i), tolerance)
            assert alone == row[j]
            entry = (matrix.value, matrix.standard_error, matrix.draws, matrix.reached)
            assert tuple(each[i, j] for each in entry) == astuple(alone)
    assert (np.diag(matrix.value) == 0).all()
    assert len(np.unique(matrix.draws)) > 2


def test_what_has_no_relative_entropy_is_refused():
    p, x = predictive(2), observations(2)
    with pytest.raises(ConfigError, match="divergence_of_mean"):
        complexity(p, x, generator(), ROUGH, average="divergence_of_means")
    with pytest.raises(DataError, match=r"\(n, 2\)"):
        complexity(p, observations(3), generator(), ROUGH)
    with pytest.raises(DataError, match=r"dimension\(s\) 1 .* constant"):
        complexity(p, x * [1, 0] + 7, generator(), ROUGH)
    with pytest.raises(DataError, match="no variance"):
        complexity(predictive(2, degrees_of_freedom=2.5), x, generator(), ROUGH)
    with pytest.raises(DataError, match="2 dimensions and model 1 3"):
        relative_entropies(p, [p, predictive(3)], generator(), ROUGH)
