import numpy as np
import pytest
import torch

from rote.stitching.least_squares import Moments, as_samples


def samples(seed, n=400, p=6):
    return torch.randn(n, p, generator=torch.Generator().manual_seed(seed)) * torch.arange(1, p + 1) + 30


def moments(x, y, blocks=1):
    found = Moments()
    for a, b in zip(x.chunk(blocks), y.chunk(blocks), strict=True):
        found.add(a, b)
    return found


def test_the_map_is_that_of_ordinary_least_squares_with_an_intercept():
    x, y = samples(1), samples(2, p=4)
    affine = moments(x, y).least_squares()
    design = np.column_stack([x.double().numpy(), np.ones(len(x))])
    expected = np.linalg.lstsq(design, y.double().numpy(), rcond=None)[0]
    assert affine.weight.numpy() == pytest.approx(expected[:-1].T, abs=1e-9)
    assert affine.bias.numpy() == pytest.approx(expected[-1], abs=1e-9)


def test_r_squared_is_one_minus_the_residual_over_the_variance():
    x, y = samples(1), samples(2, p=4) + samples(1)[:, :4]
    found = moments(x, y)
    affine = found.least_squares()
    residual = y - (x.double() @ affine.weight.T + affine.bias)
    expected = 1 - residual.square().sum() / (y.double() - y.double().mean(0)).square().sum()
    assert found.r_squared(affine) == pytest.approx(float(expected), abs=1e-12)


def test_blocks_change_nothing_but_rounding():
    x, y = samples(1), samples(2, p=4)
    whole, blocks = (moments(x, y, n).least_squares() for n in (1, 7))
    assert torch.allclose(whole.weight, blocks.weight, rtol=0, atol=1e-12)


def test_a_representation_is_brought_to_itself_by_the_identity():
    x = samples(1)
    affine = moments(x, x).least_squares()
    assert (affine.weight - torch.eye(6)).abs().max() <= 3e-7
    assert affine.bias.abs().max() <= 3e-6  # the means are 30


def test_dead_and_repeated_channels_leave_the_map_finite_and_the_prediction_exact():
    x = samples(1)
    singular = torch.cat([x, torch.zeros(len(x), 1), x[:, :1], torch.full((len(x), 1), 7.0)], 1)
    found = moments(singular, x)
    affine = found.least_squares()
    assert affine.weight.isfinite().all()
    assert (affine.weight[:, [6, 8]] == 0).all()
    assert torch.allclose(singular.double() @ affine.weight.T + affine.bias, x.double(), rtol=0, atol=1e-5)
    assert found.r_squared(affine) == pytest.approx(1)


def test_an_activation_that_never_varies_has_no_r_squared():
    x = samples(1)
    found = moments(x, torch.ones(len(x), 2))
    assert np.isnan(found.r_squared(found.least_squares()))


def test_channels_are_features_and_pixels_and_tokens_samples():
    maps, tokens = torch.arange(24.0).view(2, 3, 2, 2), torch.arange(12.0).view(2, 2, 3)
    assert torch.equal(as_samples(maps)[1], maps[0, :, 0, 1])
    assert torch.equal(as_samples(tokens)[2], tokens[1, 0])
