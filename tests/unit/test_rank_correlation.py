import numpy as np
import pytest
from scipy.stats import spearmanr

from rote.rank_correlation import rank_correlation


def test_the_rank_correlation_is_spearmans_within_its_bootstrap_interval():
    random = np.random.default_rng(0)
    x = random.integers(0, 8, 40).astype(float)
    y = x + random.normal(0, 2, 40)
    correlation, low, high = rank_correlation(x, y, random)
    assert correlation == pytest.approx(spearmanr(x, y).statistic)
    assert low < correlation < high


def test_the_bootstrap_interval_covers_the_rank_correlation_of_the_population(monkeypatch):
    monkeypatch.setattr("rote.rank_correlation.RESAMPLES", 200)
    random = np.random.default_rng(1)
    population = 6 / np.pi * np.arcsin(0.7 / 2)  # Spearman's of a bivariate Gaussian whose correlation is 0.7
    covered = 0
    for _ in range(100):
        x = random.standard_normal(60)
        y = 0.7 * x + np.sqrt(1 - 0.7**2) * random.standard_normal(60)
        _, low, high = rank_correlation(x, y, random)
        covered += low <= population <= high
    assert 80 <= covered <= 98


def test_a_constant_side_has_no_rank_correlation():
    assert np.isnan(rank_correlation(np.ones(5), np.arange(5.0), np.random.default_rng(0))).all()
