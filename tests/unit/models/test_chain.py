"""AlexNet, VGG16 and the multilayer perceptron: the rows of the tables of Stephenson et al. (2021)."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from rote.models.build import build
from rote.models.cost import multiply_adds, parameter_count
from rote.models.taps import recording

CIFAR = (32, 32, 3)
SIDES, SMALL = st.integers(1, 70), st.integers(1, 4)


def network(architecture, shape=CIFAR, n_classes=100, **options):
    return build(architecture, image_shape=shape, n_classes=n_classes, seed=0, **options).eval()


def random_images(n, shape):
    height, width, channels = shape
    return torch.randn(n, channels, height, width, generator=torch.Generator().manual_seed(1))


def outputs(model, images):
    with recording(model) as taken, torch.no_grad():
        model(images)
    return taken


def shapes(model, shape=CIFAR):
    return [tuple(output.shape[1:]) for output in outputs(model, random_images(1, shape)).values()]


def kinds(model):
    """What each row of the table consists of, flattening left out."""
    rows = [row.children() if isinstance(row, nn.Sequential) else [row] for row in model.children()]
    return ["+".join(type(module).__name__ for module in row if not isinstance(module, nn.Flatten)) for row in rows]


def test_alexnet_has_the_rows_of_table_2():
    convolution, pooling = "Conv2d+ReLU", "MaxPool2d"
    first, last = [convolution, pooling] * 2, [*[convolution] * 3, pooling, "Linear"]
    assert kinds(network("alexnet")) == first + last
    maps = [(64, 8, 8), (64, 4, 4), (192, 4, 4), (192, 2, 2), (384, 2, 2), (256, 2, 2), (1024, 2, 2)]
    assert shapes(network("alexnet")) == [*maps, (1024,), (100,)]


def test_alexnet_with_same_padding_keeps_the_resolution_and_averages_over_space():
    maps = [(64, 32, 32), (64, 16, 16), (192, 16, 16), (192, 8, 8), (384, 8, 8), (256, 8, 8), (1024, 8, 8)]
    model = network("alexnet", stem="same")
    assert shapes(model) == [*maps, (1024,), (100,)]
    taken = outputs(model, random_images(2, CIFAR))
    torch.testing.assert_close(taken["layer_8"], functional.max_pool2d(taken["layer_7"], 2).mean((2, 3)))


def test_vgg_has_the_rows_of_table_3():
    def stage(n):
        return ["Conv2d+BatchNorm2d+ReLU"] * n + ["MaxPool2d"]

    hidden = ["Linear+ReLU+Dropout"] * 2
    expected = stage(2) + stage(2) + stage(3) + stage(3) + stage(3) + [*hidden, "Linear"]
    assert kinds(network("vgg", width=1, dropout=0.5)) == expected
    sizes = [(64, 32, 2), (128, 16, 2), (256, 8, 3), (512, 4, 3), (512, 2, 3)]
    maps = [
        shape
        for channels, side, n in sizes
        for shape in [(channels, side, side)] * n + [(channels, side // 2, side // 2)]
    ]
    assert shapes(network("vgg")) == [*maps, (4096,), (4096,), (100,)]


def test_the_perceptron_has_the_rows_of_table_1():
    model = network("mlp", (32, 32, 1))
    assert kinds(model) == ["Linear+ReLU"] * 5 + ["Linear"]
    assert shapes(model, (32, 32, 1)) == [(1024,)] * 5 + [(100,)]


@pytest.mark.parametrize(
    ("architecture", "options", "expected"),
    [
        ("mlp", {}, (5_350_500, 5_345_280)),
        ("alexnet", {}, (4_342_436, 22_134_784)),  # 22 million multiply-adds
        ("alexnet", {"stem": "same"}, (4_342_436, 352_620_544)),  # 4.3 million parameters, 353 million multiply-adds
        ("vgg", {}, (34_011_172, 332_480_512)),  # 34.0 million parameters, 332 million multiply-adds
        ("vgg", {"batch_norm": False, "dropout": 0.5}, (34_006_948, 332_480_512)),
    ],
)
def test_costs_at_100_classes_are_those_of_the_tables_by_arithmetic(architecture, options, expected):
    shape = (32, 32, 1) if architecture == "mlp" else CIFAR
    model = network(architecture, shape, **options)
    assert (parameter_count(model), multiply_adds(model, shape)) == expected


@settings(max_examples=15)
@given(height=SIDES, width=SIDES, channels=SMALL, n_classes=SMALL, k=SMALL)
def test_alexnet_costs_what_arithmetic_says(height, width, channels, n_classes, k):
    sides, parameters, products, before = (math.ceil(height / 4), math.ceil(width / 4)), 0, 0, channels
    for after, kernel, pooled in ((k, 11, 1), (3 * k, 5, 1), (6 * k, 3, 0), (4 * k, 3, 0), (16 * k, 3, 1)):
        weights = before * after * kernel**2
        parameters, products = parameters + weights + after, products + weights * math.prod(sides)
        sides = tuple(math.ceil(side / 2) for side in sides) if pooled else sides
        before = after
    head = before * math.prod(sides) * n_classes
    model = network("alexnet", (height, width, channels), n_classes, width=k)
    assert parameter_count(model) == parameters + head + n_classes
    assert multiply_adds(model, (height, width, channels)) == products + head


@pytest.mark.parametrize(
    ("architecture", "options"),
    [("alexnet", {}), ("alexnet", {"stem": "same"}), ("vgg", {}), ("vgg", {"batch_norm": False})],
)
def test_halving_the_width_quarters_the_weights_between_layers(architecture, options):
    wide, narrow = (network(architecture, width=width, **options) for width in (4, 2))
    pairs = [
        (parameter.numel(), other.numel())
        for (name, parameter), (_, other) in zip(wide.named_parameters(), narrow.named_parameters(), strict=True)
        if parameter.ndim > 1 and name not in ("layer_1.convolution.weight", "fully_connected.weight")
    ]
    assert all(numbers == 4 * others for numbers, others in pairs)


def test_the_perceptron_is_products_and_relus_of_flattened_images():
    model, images = network("mlp", (4, 5, 3), depth=2, width=6), random_images(3, (4, 5, 3))
    x = images.reshape(3, 60)
    for layer in (model.layer_1, model.layer_2):
        x = (x @ layer.linear.weight.T + layer.linear.bias).clamp(min=0)
    torch.testing.assert_close(model(images), x @ model.fully_connected.weight.T + model.fully_connected.bias)


def test_every_convolution_of_vgg_is_normalised_and_rectified_and_nothing_goes_around_it():
    model = network("vgg", (9, 9, 1), 3, width=2)
    draw = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1, generator=draw)
    images = random_images(2, (9, 9, 1))
    taken, x = outputs(model, images), images
    for name, row in model.named_children():
        if isinstance(row, nn.MaxPool2d):
            x = functional.max_pool2d(x, 2, ceil_mode=True)
        elif hasattr(row, "convolution"):
            x = functional.conv2d(x, row.convolution.weight, padding=1) - row.batch_norm.running_mean[:, None, None]
            x = functional.relu(x / (1 + row.batch_norm.eps) ** 0.5)
        else:
            linear = getattr(row, "linear", row)
            x = x.flatten(1) @ linear.weight.T + linear.bias
            x = x if row is model.fully_connected else functional.relu(x)
        torch.testing.assert_close(taken[name], x)


def test_dropout_draws_in_training_and_not_in_evaluation():
    model, images = network("vgg", (8, 8, 1), 3, width=2, dropout=0.5), random_images(2, (8, 8, 1))
    assert torch.equal(model(images), model(images))
    model.layer_20.dropout.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        dropped = model.layer_20(torch.ones(1, 128))
    kept = functional.relu(model.layer_20.linear(torch.ones(1, 128)))
    assert 0 < (dropped != 0).sum() < (kept != 0).sum()
    assert torch.allclose(dropped[dropped != 0], 2 * kept[dropped != 0])
