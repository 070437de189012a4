import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import kstest, multivariate_t, t

from rote.density.predictive import PREDICTIVES, PosteriorPredictive
from rote.density.prior import NormalInverseWishart
from rote.density.student import StudentComponents
from rote.errors import ConfigError, DataError
from tests.unit.density.predictive_examples import (
    CONCENTRATIONS,
    PARTITIONS,
    observations,
    predictive,
    prior,
    whole_line,
)

both = pytest.mark.parametrize("kind", PREDICTIVES)


def slow_log_density_of_samples(x, labels, alphas, theta, points, kind):
    """Loops over snapshots and components, with the posterior as Murphy (2007, eqs 250-258) writes it."""
    n, d = x.shape
    result = []
    for row, alpha in zip(np.asarray(labels), alphas, strict=True):
        sizes = {label: int((row == label).sum()) for label in set(row.tolist())}
        terms = []
        for label, size in sizes.items():
            members = x[row == label]
            kappa, nu = theta.mean_strength + size, theta.degrees_of_freedom + size
            average = members.mean(axis=0)
            location = (theta.mean_strength * theta.mean + size * average) / kappa
            offset = average - theta.mean
            scatter = (members - average).T @ (members - average)
            psi = theta.scale + scatter + theta.mean_strength * size / kappa * np.outer(offset, offset)
            weight = size / (n + alpha) if kind == "exact" else (size + alpha) / (n + len(sizes) * alpha)
            shape = (kappa + 1) / (kappa * (nu - d + 1)) * psi
            terms.append(np.log(weight) + multivariate_t(location, shape, nu - d + 1).logpdf(points))
        if kind == "exact":
            kappa, nu = theta.mean_strength, theta.degrees_of_freedom
            shape = (kappa + 1) / (kappa * (nu - d + 1)) * theta.scale
            terms.append(np.log(alpha / (n + alpha)) + multivariate_t(theta.mean, shape, nu - d + 1).logpdf(points))
        result.append(logsumexp(terms, axis=0))
    return np.array(result)


@both
def test_predictive_integrates_to_one_on_the_line(kind):
    x, weights = whole_line(0.01)
    assert np.exp(predictive(1, kind=kind).log_density(x[:, None])) @ weights == pytest.approx(1, abs=1e-9)


@both
def test_predictive_integrates_to_one_in_the_plane(kind):
    x, weights = whole_line(0.06)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    density = np.exp(predictive(2, kind=kind).log_density(grid)).reshape(len(x), len(x))
    assert weights @ density @ weights == pytest.approx(1, abs=1e-8)


@both
@pytest.mark.parametrize("d", [1, 2, 5])
def test_densities_agree_with_a_loop_over_scipy_distributions(d, kind):
    points = np.random.default_rng(1).normal(scale=4, size=(7, d))
    slow = slow_log_density_of_samples(observations(d), PARTITIONS, CONCENTRATIONS, prior(d), points, kind)
    model = predictive(d, kind=kind)
    np.testing.assert_allclose(model.log_density_of_samples(points), slow, rtol=1e-11)
    np.testing.assert_allclose(model.log_density(points), np.log(np.exp(slow).mean(axis=0)), rtol=1e-11)
    np.testing.assert_allclose(model.log_density(points, "mean_log"), slow.mean(axis=0), rtol=1e-11)


@both
@settings(max_examples=30)
@given(
    labels=st.lists(st.lists(st.integers(-3, 3), min_size=9, max_size=9), min_size=1, max_size=4),
    alpha=st.floats(1e-3, 50),
)
def test_weights_of_a_snapshot_sum_to_one(labels, alpha, kind):
    model = PosteriorPredictive.from_assignments(
        observations(2), labels, [alpha] * len(labels), prior(2), predictive=kind
    )
    np.testing.assert_allclose(np.exp(model.log_weights).sum(axis=1), 1, rtol=1e-13)


def test_components_that_recur_are_kept_once():
    distinct = {tuple(np.flatnonzero(np.array(row) == label)) for row in PARTITIONS for label in row}
    assert predictive(2).components.locations.shape == (len(distinct) + 1, 2)  # and a new component


@both
def test_sharing_components_changes_no_density(kind):
    points = np.random.default_rng(1).normal(scale=4, size=(7, 3))
    alone = [
        PosteriorPredictive.from_assignments(observations(3), [row], [alpha], prior(3), predictive=kind)
        for row, alpha in zip(PARTITIONS, CONCENTRATIONS, strict=True)
    ]
    np.testing.assert_allclose(
        predictive(3, kind=kind).log_density_of_samples(points),
        [model.log_density(points) for model in alone],
        rtol=1e-13,
    )


def test_only_equality_of_labels_matters():
    renamed = [[7 - 2 * label for label in row] for row in PARTITIONS]
    points = np.random.default_rng(1).normal(size=(7, 2))
    expected = predictive(2).log_density_of_samples(points)
    np.testing.assert_allclose(predictive(2, partitions=renamed).log_density_of_samples(points), expected, rtol=1e-13)


@pytest.mark.parametrize("memory", [1, 500, 1 << 30])
def test_memory_changes_no_density(memory):
    points = np.random.default_rng(1).normal(size=(50, 3))
    model = predictive(3)
    for score in ("log_mean", "mean_log"):
        np.testing.assert_allclose(model.log_density(points, score, memory), model.log_density(points, score), 1e-12)
    assert model.log_density(points[:0], memory=memory).shape == (0,)


def test_densities_keep_their_digits_far_from_the_origin():
    far = 2.0**30  # data near 1 are rounded to 2^-22 there; round them alike here
    x, theta = np.round(observations(2) * 2**20) / 2**20, prior(2)
    points = np.round(np.random.default_rng(1).normal(size=(7, 2)) * 2**20) / 2**20
    moved = NormalInverseWishart(theta.mean + far, theta.mean_strength, theta.degrees_of_freedom, theta.scale)
    near = PosteriorPredictive.from_assignments(x, PARTITIONS, CONCENTRATIONS, theta).log_density(points)
    there = PosteriorPredictive.from_assignments(x + far, PARTITIONS, CONCENTRATIONS, moved).log_density(points + far)
    np.testing.assert_allclose(there, near, rtol=1e-5)


@both
def test_draws_have_the_mean_and_variances_of_the_mixture(kind):
    model = predictive(3, kind=kind, degrees_of_freedom=20.0)
    points = model.sample(100_000, np.random.default_rng(0)).points
    error = points.std(axis=0) / len(points) ** 0.5
    assert (np.abs(points.mean(axis=0) - model.mean()) < 4 * error).all()
    squares = np.square(points - model.mean())
    error = squares.std(axis=0) / len(points) ** 0.5
    assert (np.abs(squares.mean(axis=0) - model.variances()) < 4 * error).all()


@both
@pytest.mark.parametrize("snapshot", [None, 2])
def test_draws_follow_the_density(kind, snapshot):
    model = predictive(1, kind=kind)
    weights = np.exp(model.log_mean_weights if snapshot is None else model.log_weights[snapshot])
    nu, locations = model.components.degrees_of_freedom, model.components.locations[:, 0]
    scales = 1 / model.components.whitening[:, 0, 0]
    draws = model.sample(5000, np.random.default_rng(0), snapshot)
    distribution = t(nu, locations, scales)
    assert kstest(draws.points[:, 0], lambda x: distribution.cdf(x[:, None]) @ weights).pvalue > 0.01


def test_draws_say_where_they_came_from():
    model = predictive(2)
    draws = model.sample(500, np.random.default_rng(0))
    assert np.isfinite(model.log_weights[draws.snapshots, draws.components]).all()
    assert np.bincount(draws.snapshots).tolist() == pytest.approx([125] * 4, abs=40)
    own = model.components.log_density(draws.points)[np.arange(500), draws.components]
    np.testing.assert_allclose(draws.component_log_density, own, rtol=1e-11)
    assert set(model.sample(20, np.random.default_rng(0), 3).snapshots) == {3}


def test_entropy_and_variances_are_those_of_scipy_distributions():
    root = np.random.default_rng(0).normal(size=(4, 3, 3))
    scales, nu, locations = root @ root.transpose(0, 2, 1), np.array([2.5, 3.0, 7.0, 400.0]), root[:, 0]
    components = StudentComponents.from_scales(nu, locations, scales)
    entropy = [multivariate_t(*each).entropy() for each in zip(locations, scales, nu, strict=True)]
    np.testing.assert_allclose(components.entropy(), entropy, rtol=1e-10)
    diagonals = np.diagonal(scales, axis1=1, axis2=2)
    np.testing.assert_allclose(components.variances(), (nu / (nu - 2))[:, None] * diagonals, rtol=1e-10)


def test_moments_that_do_not_exist_are_refused():
    with pytest.raises(DataError, match=r"no variance.*degrees_of_freedom > 3"):
        predictive(2, degrees_of_freedom=3.0).variances()
    with pytest.raises(DataError, match=r"no mean.*degrees_of_freedom > 2"):
        predictive(2, degrees_of_freedom=2.0).mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observations": np.full((9, 2), np.nan)}, "NaN"),
        ({"observations": np.zeros((9, 3))}, r"\(points, 2\)"),
        ({"assignments": np.zeros((2, 8), int)}, r"\(snapshots, 9\)"),
        ({"assignments": np.zeros((0, 9), int)}, r"\(snapshots, 9\)"),
        ({"assignments": np.zeros((2, 9))}, "whole numbers"),
        ({"concentrations": [1.0]}, "2 positive numbers"),
        ({"concentrations": [1.0, 0.0]}, "2 positive numbers"),
        ({"concentrations": [1.0, np.inf]}, "2 positive numbers"),
    ],
)
def test_what_is_no_posterior_sample_is_refused(change, message):
    given_ = {"observations": np.zeros((9, 2)), "assignments": np.zeros((2, 9), int), "concentrations": [1.0, 2.0]}
    with pytest.raises(DataError, match=message):
        PosteriorPredictive.from_assignments(**(given_ | change), prior=prior(2))


def test_unknown_options_are_refused():
    with pytest.raises(ConfigError, match="publish"):
        predictive(2, kind="publish")
    with pytest.raises(ConfigError, match="mean_log"):
        predictive(2).log_density(observations(2), "log_of_mean")


def test_points_of_another_space_are_refused():
    with pytest.raises(DataError, match=r"\(points, 2\)"):
        predictive(2).log_density(observations(3))
    with pytest.raises(DataError, match="NaN"):
        predictive(2).log_density_of_samples(np.full((1, 2), np.inf))
