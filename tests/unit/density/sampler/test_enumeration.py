import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_t

from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler.chain import run_chain
from tests.unit.density.enumeration import (
    Enumeration,
    canonical,
    log_joint,
    partitions,
    sampling_noise,
    states,
    total_variation,
)

SWEEPS, DISCARDED = 20_000, 200
SIZES = pytest.mark.parametrize("n", [4, 5, 6])
DIMENSIONS = pytest.mark.parametrize("d", [1, 2])
CONCENTRATIONS = pytest.mark.parametrize("concentration", [1.0, None], ids=["fixed", "gamma"])


def prior_of(d):
    return NormalInverseWishart(np.zeros(d), 0.5, d + 3.0, np.eye(d))


def two_groups(n, d):
    """Points whose posterior leaves much open."""
    points = 0.7 * np.random.default_rng(n).normal(size=(n, d))
    points[n // 2 :] += 1
    return points


def run(points, concentration=None, **choices):
    options = Options.of(concentration=concentration, n_sweeps=SWEEPS, n_discarded=DISCARDED, keep_every=1, **choices)
    return run_chain(points, prior_of(points.shape[1]), options, np.random.default_rng(11))


def assert_law(chain, exact, law, noise_that_tells=0.04):
    """A chain's partitions and concentrations follow an exact law, to the Monte Carlo noise."""
    visited = states(chain.assignments)
    noise = sampling_noise(visited, len(exact.partitions))
    assert noise < noise_that_tells
    frequencies = np.bincount(visited, minlength=len(exact.partitions)) / len(visited)
    assert total_variation(frequencies, law.sum(0)) <= noise
    n_components = exact.component_counts(law) @ np.arange(1, exact.n + 1)
    assert abs(standardised(chain.assignments.max(1) + 1.0, n_components)) < 4
    assert abs(standardised(chain.concentrations, exact.mean_concentration(law))) < 4


def standardised(series, expected, batch=200):
    """Error of a chain's mean in standard errors, by batch means; 0 for a constant that is right."""
    means = series[: len(series) // batch * batch].reshape(-1, batch).mean(1)
    deviation = means.std(ddof=1) / np.sqrt(len(means))
    error = means.mean() - expected
    return 0.0 if np.isclose(error, 0, atol=1e-12) else error / deviation


@pytest.mark.parametrize(("n", "bell"), [(1, 1), (2, 2), (3, 5), (4, 15), (5, 52), (6, 203)])
def test_every_partition_is_listed_once(n, bell):
    listed = partitions(n)
    assert len(np.unique(canonical(listed), axis=0)) == len(listed) == bell
    assert np.array_equal(states(listed), np.arange(bell))


def test_labels_do_not_matter_to_a_state():
    assert states(np.array([[2, 0, 2, 1], [0, 1, 0, 2]])).tolist() == [states(np.array([[0, 1, 0, 2]]))[0]] * 2


@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_marginal_is_a_product_of_student_predictives(d, seed):
    points = np.random.default_rng(seed).normal(size=(4, d))
    prior, chained = prior_of(d), 0.0
    for m, point in enumerate(points):
        kappa, nu = prior.mean_strength + m, prior.degrees_of_freedom + m
        mean = (prior.mean_strength * prior.mean + points[:m].sum(0)) / kappa
        members = points[:m] - mean
        shift = prior.mean - mean
        scale = prior.scale + members.T @ members + prior.mean_strength * np.outer(shift, shift)
        degrees = nu - d + 1
        shape = (kappa + 1) / (kappa * degrees) * scale
        chained += multivariate_t.logpdf(point, mean, shape, degrees)
    exact = Enumeration(points, prior, 1.0)
    assert np.isclose(log_joint(points, np.zeros(4, int), 1.0, prior), chained + np.log(3 * 2 / 24) - 1)
    assert np.isclose(exact.posterior.sum(), 1)


@CONCENTRATIONS
@pytest.mark.parametrize("n", [4, 5])
def test_enumerated_single_site_sweeps_leave_the_posterior_alone(n, concentration):
    exact = Enumeration(two_groups(n, 2), prior_of(2), concentration)
    assert np.abs(exact.stationary(1) - exact.posterior).sum() < 1e-9


@SIZES
@DIMENSIONS
@CONCENTRATIONS
@pytest.mark.parametrize("split_merge", [30, 0], ids=["split-merge", "single-site"])
def test_the_exact_sampler_has_the_exact_posterior(n, d, concentration, split_merge):
    points = two_groups(n, d)
    exact = Enumeration(points, prior_of(d), concentration)
    assert_law(run(points, concentration, split_merge=split_merge), exact, exact.posterior)


@CONCENTRATIONS
def test_blocks_of_one_point_are_exact(concentration):
    points = two_groups(6, 2)
    exact = Enumeration(points, prior_of(2), concentration)
    assert_law(run(points, concentration, sampler="blocked", block_size=1), exact, exact.posterior)


@DIMENSIONS
def test_blocks_of_four_are_wrong_by_a_third_of_the_posterior(d):
    points = two_groups(6, d)
    exact = Enumeration(points, prior_of(d), 1.0)
    law = exact.stationary(4)
    assert 0.25 < total_variation(law.sum(0), exact.posterior.sum(0)) < 0.4
    assert_law(run(points, 1.0, sampler="blocked", block_size=4), exact, law)


def test_blocks_of_two_are_wrong_by_less():
    points = two_groups(6, 2)
    exact = Enumeration(points, prior_of(2), 1.0)
    law = exact.stationary(2)
    assert 0.05 < total_variation(law.sum(0), exact.posterior.sum(0)) < 0.15
    assert_law(run(points, 1.0, sampler="blocked", block_size=2), exact, law)


def test_the_published_concentration_is_too_high():
    points = two_groups(4, 1)
    exact = Enumeration(points, prior_of(1))
    law = exact.stationary(1, published_concentration=True)
    assert exact.mean_concentration(law) > 1.1 * exact.mean_concentration(exact.posterior)
    chain = run(points, split_merge=0, concentration_update="published")
    assert_law(chain, exact, law)
    assert standardised(chain.concentrations, exact.mean_concentration(exact.posterior)) > 10


def test_the_published_protocol_has_the_law_of_its_own_errors():
    points = two_groups(5, 1)
    exact = Enumeration(points, prior_of(1))
    law = exact.stationary(4, published_concentration=True)
    assert_law(run(points, protocol="published"), exact, law)
    assert total_variation(law.sum(0), exact.posterior.sum(0)) > 0.2


@DIMENSIONS
@pytest.mark.parametrize("predictive", ["exact", "published"])
def test_densities_are_those_of_the_enumerated_predictive(d, predictive):
    points = two_groups(4, d)
    exact = Enumeration(points, prior_of(d))
    model = DirichletProcessGaussianMixture(
        prior=prior_of(d), predictive=predictive, n_sweeps=SWEEPS, n_discarded=DISCARDED, keep_every=10, random_state=0
    ).fit(points)
    places = np.random.default_rng(0).normal(size=(3, d))
    published = predictive == "published"
    expected = [exact.predictive_density(exact.posterior, place, published) for place in places]
    assert np.allclose(np.exp(model.score_samples(places)), expected, rtol=0.02)


def test_published_weights_hide_the_density_far_from_all_points():
    points, far = two_groups(5, 2), np.full(2, 30.0)
    exact = Enumeration(points, prior_of(2))
    densities = [exact.predictive_density(exact.posterior, far, published) for published in (False, True)]
    assert densities[1] != pytest.approx(densities[0], rel=0.1)
