import torch
from torch import nn
from torch.nn import functional

from rote.models.build import build
from rote.models.taps import recording


def network(width, image_shape):
    return build("plain_convolutional", image_shape=image_shape, n_classes=10, seed=0, width=width).eval()


def outputs(model, images):
    with recording(model) as taken, torch.no_grad():
        model(images)
    return taken


def test_channels_double_where_the_resolution_halves():
    shapes = [(64, 32, 32)] * 2 + [(128, 16, 16)] * 2 + [(256, 8, 8)] * 2 + [(512, 4, 4)] * 2
    expected = {f"layer_{i}": shape for i, shape in enumerate(shapes, 1)} | {"fully_connected": (10,)}
    taken = outputs(network(64, (32, 32, 3)), torch.zeros(1, 3, 32, 32))
    assert {tap: tuple(output.shape[1:]) for tap, output in taken.items()} == expected


def test_the_last_layers_of_small_images_are_one_pixel():
    taken = outputs(network(4, (8, 8, 1)), torch.zeros(1, 1, 8, 8))
    assert taken["layer_7"].shape == taken["layer_8"].shape == (1, 32, 1, 1)


def test_every_layer_is_convolution_batch_norm_relu_and_nothing_goes_around_it():
    model = network(4, (32, 32, 3))
    draw = torch.Generator().manual_seed(1)
    for _, norm, _ in model.layers:
        nn.init.normal_(norm.running_mean, generator=draw)
    x = images = torch.randn(2, 3, 32, 32, generator=draw)
    taken = outputs(model, images)
    for i, (convolution, norm, _) in enumerate(model.layers):
        if i in (2, 4, 6):
            x = functional.max_pool2d(x, 2)
        x = functional.conv2d(x, convolution.weight, padding=1) - norm.running_mean[:, None, None]
        x = functional.relu(x / (1 + norm.eps) ** 0.5)
        torch.testing.assert_close(taken[f"layer_{i + 1}"], x)
    torch.testing.assert_close(taken["fully_connected"], model.fully_connected(x.mean((2, 3))))
