import numpy as np
import pytest

from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.pooling import pooled_chains
from rote.errors import ConfigError

CHAINS = [[0.0, 2.0, 1.0], [1.5, 3.0, 2.0], [-9.0, -8.0, -7.0]]


def test_the_likeliest_chains_are_those_that_reach_into_the_best_one():
    assert pooled_chains(CHAINS, "likeliest").tolist() == [0, 1]


def test_all_chains_are_all_of_them():
    assert pooled_chains(CHAINS, "all").tolist() == [0, 1, 2]


def test_shifting_the_log_joint_changes_no_choice():
    shifted = np.array(CHAINS) - 1e4
    assert pooled_chains(shifted, "likeliest").tolist() == [0, 1]


def test_an_unknown_pooling_is_named():
    with pytest.raises(ConfigError, match="pooling: 'best'"):
        pooled_chains(CHAINS, "best")


def test_a_chain_that_stays_in_a_mode_of_no_mass_does_not_count():
    """One Gaussian in many dimensions: chains from 40 components stay with many of them, thousands of nats below."""
    points = np.random.default_rng(0).normal(size=(300, 40))
    options = {
        "n_chains": 2,
        "initial_components": [1, 60],
        "n_sweeps": 30,
        "n_discarded": 20,
        "keep_every": 5,
        "random_state": 0,
    }
    model = DirichletProcessGaussianMixture(**options).fit(points)
    means = model.log_joint_trace_[:, 20:].mean(axis=1)
    assert means[0] > means[1] + 100
    alone = model.predictive_of(0).log_density(points)
    np.testing.assert_array_equal(model.score_samples(points), alone)
    assert not np.allclose(model.set_params(pooling="all").fit(points).score_samples(points), alone)
