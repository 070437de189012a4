import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.job import Job
from rote.representations.gram import centre, gram
from rote.similarity.effective_dimension import effective_dimension, measure_effective_dimension
from rote.tables.dynamics import EFFECTIVE_DIMENSIONS
from tests.unit.small_tables import write_gram_rows

seeds = st.integers(0, 2**32 - 1)


def features(seed, n=12, d=5):
    generator = np.random.default_rng(seed)
    return torch.from_numpy(generator.normal(size=(n, d)) * generator.uniform(0.1, 3, d))


def centred_gram(values):
    return gram(centre(values))


def of_covariance(values):
    """The definition: eigenvalues of the covariance of the examples."""
    eigenvalues = np.linalg.eigvalsh(np.cov(values.numpy().T))
    return eigenvalues.sum() ** 2 / (eigenvalues**2).sum()


@given(seeds)
def test_it_is_the_participation_ratio_of_the_covariances_eigenvalues(seed):
    values = features(seed)
    assert effective_dimension(centred_gram(values))[0] == pytest.approx(of_covariance(values), rel=1e-9)


@given(seeds)
def test_its_standard_error_is_the_jackknife_over_examples(seed):
    values = features(seed)
    n = len(values)
    left_out = [of_covariance(values[np.arange(n) != i]) for i in range(n)]
    expected = np.sqrt((n - 1) / n * np.square(left_out - np.mean(left_out)).sum())
    assert effective_dimension(centred_gram(values))[1] == pytest.approx(expected, rel=1e-6)


def test_directions_that_share_the_variance_equally_count_one_each():
    simplex = torch.eye(7, dtype=torch.float64)  # centred: six directions of equal variance
    assert effective_dimension(centred_gram(simplex))[0] == pytest.approx(6)


def test_one_direction_counts_one():
    line = torch.arange(9, dtype=torch.float64)[:, None] * torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    assert effective_dimension(centred_gram(line)) == pytest.approx((1, 0), abs=1e-9)


@given(seeds)
def test_rotation_shift_and_scale_change_nothing(seed):
    values = features(seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))
    moved = 3 * values @ torch.from_numpy(rotation) + 7
    assert effective_dimension(centred_gram(moved)) == pytest.approx(
        effective_dimension(centred_gram(values)), rel=1e-6
    )


def test_there_is_no_standard_error_where_one_example_has_all_variance():
    values = torch.zeros(8, 3, dtype=torch.float64)
    values[2, 0] = 1
    dimension, error = effective_dimension(centred_gram(values))
    assert dimension == pytest.approx(1)
    assert np.isnan(error)


@pytest.fixture(params=[4, 40])
def measured(request, tmp_path):
    """Two epochs and an untrained network, two batches of 12 images; Gram rows as features and as matrices."""
    networks = [
        (reference, index, epoch, {"tap": [features(10 * number + batch, d=request.param) for batch in range(2)]})
        for number, (reference, index, epoch) in enumerate([("own", 0, 0), ("own", 0, 5), ("unrelated", 1, 0)])
    ]
    measure_effective_dimension(write_gram_rows(tmp_path, networks), tmp_path / "found.parquet", job=Job())
    return networks, tables.read(tmp_path / "found.parquet", EFFECTIVE_DIMENSIONS).to_pylist()


def test_a_table_has_the_run_and_the_untrained_networks(measured):
    networks, found = measured
    assert [(row["reference"], row["index"], row["epoch"]) for row in found] == [network[:3] for network in networks]
    assert {row["upper_bound"] for row in found} == {11}


def test_an_entry_is_the_mean_over_batches_with_the_error_of_a_mean(measured):
    for (*_, taps), row in zip(*measured, strict=True):
        of_batches = np.array([effective_dimension(centred_gram(values)) for values in taps["tap"]])
        assert row["effective_dimension"] == pytest.approx(of_batches[:, 0].mean(), rel=1e-5)
        assert row["standard_error"] == pytest.approx(np.sqrt(np.square(of_batches[:, 1]).sum()) / 2, rel=1e-4)
