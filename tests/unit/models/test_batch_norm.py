import pytest
import torch
from torch import nn

from rote.models.batch_norm import batch_norms, estimating, recalibrate
from rote.models.build import build


def network(architecture="plain_convolutional", **options):
    model = build(architecture, image_shape=(8, 8, 1), n_classes=3, seed=0, **options).double()
    draw = torch.Generator().manual_seed(0)
    for norm in batch_norms(model).values():
        nn.init.normal_(norm.running_mean, generator=draw)
        norm.momentum = 0.3
    return model.eval()


def inputs(n, seed=0):
    return torch.randn(n, 1, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_one_batch_leaves_its_own_statistics_so_that_evaluation_is_training_s_forward_pass():
    model, x = network(width=2), inputs(40)
    recalibrate(model, [x])
    first = model.layers[0]
    maps = first[0](x)
    torch.testing.assert_close(first[1].running_mean, maps.mean((0, 2, 3)))
    torch.testing.assert_close(first[1].running_var, maps.var((0, 2, 3)))


def test_statistics_are_means_over_batches_whatever_they_were_before():
    first, second, both = (network(width=2) for _ in range(3))
    recalibrate(first, [inputs(8, 1)])
    recalibrate(second, [inputs(8, 2)])
    recalibrate(both, [inputs(8, 1), inputs(8, 2)])
    for name, norm in batch_norms(both).items():
        parts = [batch_norms(model)[name] for model in (first, second)]
        torch.testing.assert_close(norm.running_mean, sum(part.running_mean for part in parts) / 2)
        torch.testing.assert_close(norm.running_var, sum(part.running_var for part in parts) / 2)


def test_weights_modes_and_momentum_stay_and_dropout_draws_nothing():
    model = network("vgg", width=1, dropout=0.5)
    weights = {name: parameter.clone() for name, parameter in model.named_parameters()}
    before = torch.get_rng_state()
    recalibrate(model, [inputs(6)])
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(parameter, weights[name]) for name, parameter in model.named_parameters())
    assert not any(module.training for module in model.modules())
    assert {norm.momentum for norm in batch_norms(model).values()} == {0.3}


def test_modes_come_back_after_an_exception():
    norm = nn.BatchNorm2d(2).eval()
    with pytest.raises(ValueError, match="4D"), estimating([norm]):
        norm(torch.zeros(1))
    assert not norm.training
    assert norm.momentum == 0.1


def test_a_network_without_batch_norms_asks_for_no_batch():
    def never():
        raise AssertionError
        yield

    recalibrate(network("mlp", width=2), never())
