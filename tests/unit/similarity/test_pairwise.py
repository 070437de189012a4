import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rote.errors import ConfigError, DataError
from rote.similarity.cka import ESTIMATORS, linear_cka
from rote.similarity.pairwise import pairwise_cka


def representations(seed, widths, n=9):
    """Related representations of n examples, as wide as asked for and far from 0."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n, 3))
    return [common @ generator.normal(size=(3, p)) + generator.normal(size=(n, p)) + 100 for p in widths]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_an_entry_is_the_linear_cka_of_its_two_representations(estimator, seed, widths):
    given = representations(seed, widths)
    expected = [[linear_cka(x, y, estimator=estimator) for y in given] for x in given]
    np.testing.assert_allclose(pairwise_cka(given, estimator=estimator), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_map_is_symmetric_with_ones_on_its_diagonal(estimator):
    found = pairwise_cka(representations(0, [2, 20, 5]), estimator=estimator)
    assert found.dtype == np.float64
    assert np.array_equal(found, found.T)
    assert (found.diagonal() == 1).all()


def test_tensors_of_any_real_type_are_taken():
    given = representations(0, [4, 4])
    tensors = [torch.tensor(given[0], dtype=torch.float32), given[1].tolist()]
    np.testing.assert_allclose(pairwise_cka(tensors), pairwise_cka(given), atol=1e-5)


@pytest.mark.parametrize(
    ("spoilt", "estimator", "message"),
    [
        (np.ones((9, 2)), "biased", r"representations\[1\] is constant"),
        (np.full((9, 2), np.nan), "biased", r"representations\[1\] holds a NaN"),
        (np.ones(9), "biased", r"representations\[1\] has shape \(9,\)"),
        (np.arange(8.0)[:, None], "biased", r"representations\[1\] has 8 examples and the first 9"),
        (np.arange(3.0)[:, None], "unbiased", r"representations\[1\] has 3 examples: .* at least 4"),
        (np.eye(9)[:, :1], "unbiased", r"representations\[1\] has no unbiased HSIC with itself"),
    ],
    ids=["constant", "NaN", "one dimension", "other examples", "too few examples", "one example excites it"],
)
def test_a_representation_without_a_cka_is_named(spoilt, estimator, message):
    with pytest.raises(DataError, match=message):
        pairwise_cka([*representations(0, [2]), spoilt], estimator=estimator)


def test_nothing_to_compare_and_an_unknown_estimator_are_refused():
    with pytest.raises(DataError, match="no representation"):
        pairwise_cka([])
    with pytest.raises(ConfigError, match="estimator"):
        pairwise_cka(representations(0, [2]), estimator="unbaised")
