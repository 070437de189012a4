import numpy as np
import pytest
import torch

from rote.representations.gram import COLUMNS, centre, double_centred, gram, u_centred


@pytest.mark.parametrize("offset", [0, 1000])
@pytest.mark.parametrize("d", [7, COLUMNS + 100])
def test_float32_gram_matrix_is_that_of_float64(offset, d):
    x = torch.tensor(np.random.default_rng(0).normal(loc=offset, size=(24, d)), dtype=torch.float32)
    exact = x.double() - x.double().mean(0)
    exact = exact @ exact.T
    assert torch.linalg.matrix_norm(gram(x) - exact) < 3e-7 * torch.linalg.matrix_norm(exact)


def test_constant_columns_are_centred_to_zero_exactly():
    x = torch.full((17, 3), 0.1)
    assert not centre(x).any()


def test_rows_of_both_centred_forms_sum_to_zero():
    x = torch.randn(9, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 3
    for matrix in (double_centred(x @ x.T), u_centred(x @ x.T)):
        assert matrix.sum(0).abs().max() < 1e-12
        torch.testing.assert_close(matrix, matrix.T, atol=1e-12, rtol=0)


def test_u_centring_does_not_see_whether_features_were_centred():
    x = torch.randn(9, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 3
    torch.testing.assert_close(u_centred(x @ x.T), u_centred(double_centred(x @ x.T)), atol=1e-12, rtol=0)
