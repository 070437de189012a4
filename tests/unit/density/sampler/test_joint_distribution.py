"""Geweke's joint distribution test (Getting it right, JASA 2004) of the whole sampler.

Points, partition and concentration are drawn from the model in two ways: forward, and by turns of new points given the
partition and a sweep of the sampler given the points. The two agree if, and only if, the sampler leaves the posterior
of every data set alone.
"""

from functools import cache

import numpy as np
import pytest
from scipy.stats import invwishart

from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler.chain import Start, run_chain

N, D = 8, 2
PRIOR = NormalInverseWishart(np.zeros(D), 0.5, D + 6.0, 4 * np.eye(D))
STATISTICS = (
    "components", "components squared", "concentration", "log concentration", "largest size", "components of one point",
    "first two together", "position", "spread", "distance of those together", "components by concentration",
)  # fmt: skip


def draw_points(assignments, generator):
    """Points (N, D) given their components, 0, …, K − 1: a covariance, a mean, then the points."""
    count = assignments.max() + 1
    covariances = invwishart.rvs(PRIOR.degrees_of_freedom, PRIOR.scale, size=count, random_state=generator)
    factors = np.linalg.cholesky(covariances).reshape(count, D, D)
    means = np.einsum("kij,kj->ki", factors, generator.normal(size=(count, D))) / np.sqrt(PRIOR.mean_strength)
    noise = np.einsum("nij,nj->ni", factors[assignments], generator.normal(size=(N, D)))
    return means[assignments] + noise


def draw_partition(concentration, generator):
    """Assignments (N,) by the Chinese restaurant process."""
    assignments = np.zeros(N, np.int64)
    for i in range(1, N):
        weights = np.append(np.bincount(assignments[:i]), concentration)
        assignments[i] = np.searchsorted(weights.cumsum(), generator.random() * weights.sum(), side="right")
    return assignments


def statistics(points, assignments, concentration):
    sizes = np.bincount(assignments)
    sizes = sizes[sizes > 0]
    together = assignments[0] == assignments[1]
    return (
        sizes.size, sizes.size**2, concentration, np.log(concentration), sizes.max(), (sizes == 1).sum(),
        together, np.tanh(points[0, 0]), np.tanh(np.square(points[0]).sum() / 10),
        together * np.tanh(np.square(points[0] - points[1]).sum()), sizes.size * concentration,
    )  # fmt: skip


@cache
def forward(draws):
    """Statistics of independent draws from the model."""
    generator, rows = np.random.default_rng(0), []
    for _ in range(draws):
        concentration = generator.exponential()
        assignments = draw_partition(concentration, generator)
        rows.append(statistics(draw_points(assignments, generator), assignments, concentration))
    return np.array(rows, float)


def successive(draws, options, generator):
    """Statistics of a chain on points, partition and concentration together."""
    state = Start(draw_partition(1.0, generator), 1.0)
    rows = []
    for _ in range(draws):
        points = draw_points(state.assignments, generator)
        chain = run_chain(points, PRIOR, options, generator, start=state)
        state = Start(chain.assignments[-1], float(chain.concentrations[-1]))
        rows.append(statistics(points, state.assignments, state.concentration))
    return np.array(rows, float)


def z_scores(options, draws=5000, batch=100):
    """Differences of the means in standard errors, those of the chain by batch means, by statistic."""
    independent = forward(draws)
    chain = successive(draws, options, np.random.default_rng(1)).reshape(-1, batch, len(STATISTICS)).mean(1)
    variance = independent.var(0) / draws + chain.var(0, ddof=1) / len(chain)
    return dict(zip(STATISTICS, (chain.mean(0) - independent.mean(0)) / np.sqrt(variance), strict=True))


def one_sweep(**choices):
    return Options.of(n_sweeps=1, n_discarded=0, keep_every=1, **choices)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [one_sweep(split_merge=15), one_sweep(split_merge=0)],
    ids=["split-merge", "single-site"],
)
def test_the_exact_sampler_keeps_the_joint_distribution(options):
    scores = z_scores(options)
    assert max(np.abs(list(scores.values()))) < 4, scores


@pytest.mark.slow
def test_the_published_concentration_breaks_the_joint_distribution():
    scores = z_scores(one_sweep(concentration_update="published"))
    assert scores["concentration"] > 8
    assert scores["log concentration"] > 8


@pytest.mark.slow
def test_blocks_of_four_break_the_joint_distribution():
    assert max(np.abs(list(z_scores(one_sweep(sampler="blocked", block_size=4)).values()))) > 6
