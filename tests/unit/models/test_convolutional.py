"""The networks of Ketha & Ramaswamy, layer by layer, and what images are too small for."""

import pytest
import torch

from rote.errors import ConfigError
from rote.models.build import build
from rote.models.cost import parameter_count
from rote.models.taps import recording

POOLED_BY_3 = {"size": 3, "stride": 2}


def alexnet(first, second):
    rest = [{"channels": 384}, {"channels": 256}, {"channels": 256, "pooling": POOLED_BY_3}]
    convolutions = [{**first, "pooling": POOLED_BY_3}, {**second, "pooling": POOLED_BY_3}, *rest]
    return {"convolutions": convolutions, "hidden": [4096, 4096]}


ALEXNETS = {
    32: alexnet({"channels": 64, "stride": 2}, {"channels": 192}),
    64: alexnet({"channels": 64, "kernel": 11, "stride": 4, "padding": 2}, {"channels": 192, "kernel": 5}),
}


def network(shape, n_classes=10, **options):
    return build("convolutional", image_shape=shape, n_classes=n_classes, seed=0, **options).eval()


def shapes(model, shape):
    height, width, channels = shape
    with recording(model) as outputs, torch.no_grad():
        model(torch.zeros(1, channels, height, width))
    return {name: tuple(output.shape[1:]) for name, output in outputs.items()}


@pytest.mark.parametrize(("shape", "features"), [((28, 28, 1), 576), ((32, 32, 3), 1024)])
def test_the_cnn_flattens_to_the_published_number_of_features(shape, features):
    found = shapes(network(shape), shape)
    assert found["flatten"] == (features,)
    assert [found[f"hidden_{i}"] for i in (1, 2, 3)] == [(250,)] * 3
    assert [found[f"convolution_{i}"][0] for i in range(1, 7)] == [16, 16, 32, 32, 64, 64]


@pytest.mark.parametrize("side", ALEXNETS)
def test_both_alexnets_flatten_to_256_features(side):
    shape = (side, side, 3)
    found = shapes(network(shape, n_classes=100, **ALEXNETS[side]), shape)
    assert (found["flatten"], found["hidden_2"]) == ((256,), (4096,))


def test_the_perceptron_on_mnist_has_the_published_number_of_parameters():
    hidden = [128, 512, 2048, 2048]
    model = build("mlp", image_shape=(28, 28, 1), n_classes=10, seed=0, hidden=hidden)
    assert round(parameter_count(model) / 1e6, 2) == 5.43
    assert list(shapes(model, (28, 28, 1)).values()) == [*((units,) for units in hidden), (10,)]


def test_the_last_layer_has_a_bias_unless_it_is_told_not_to():
    assert network((8, 8, 1)).fully_connected.bias is not None
    assert network((8, 8, 1), head_bias=False).fully_connected.bias is None


@pytest.mark.parametrize(
    ("side", "convolutions", "number"),
    [
        (3, [{"channels": 2, "pooling": {}}, {"channels": 2, "pooling": {}}], 2),
        (4, [{"channels": 2, "kernel": 5, "padding": 0}], 1),
    ],
)
def test_images_of_which_nothing_would_be_left_are_refused_by_the_convolution_that_takes_the_last(
    side, convolutions, number
):
    with pytest.raises(ConfigError, match=rf"images of {side}×{side} pixels have none left after convolution {number}"):
        network((side, side, 1), convolutions=convolutions)
