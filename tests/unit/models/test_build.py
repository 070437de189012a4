import hashlib
from dataclasses import MISSING, fields
from importlib import import_module
from inspect import signature

import pytest
import torch
from torch import nn
from torch.nn import functional

from rote.errors import ConfigError, DataError
from rote.models.build import OPTIONS, architectures, build
from rote.models.network import Network

SMALL_TRANSFORMER = {"patch_size": 4, "layers": 1, "heads": 2, "hidden_size": 8, "mlp_size": 8}


def small(architecture="preactivation_resnet18", image_shape=(8, 8, 1), n_classes=3, seed=0, **options):
    return build(architecture, image_shape=image_shape, n_classes=n_classes, seed=seed, **options)


# Of the initial weights at seed 3 of each case in conftest.py. Those of an architecture never change once results were
# made from them; a new architecture adds its own.
DIGESTS = {
    "alexnet-2": "3f4c85cdd81983e5",
    "alexnet-same-2": "3f4c85cdd81983e5",
    "convolutional-4-0-True-False": "ff3dc4d49a3baa54",
    "convolutional-4-6-5-2-7-5": "4d164c4c3fd678fc",
    "mlp-3-8": "fa900a17a938655b",
    "mlp-8-5": "7e9398a73010e548",
    "plain_convolutional-4": "eee70c438ca9953d",
    "preactivation_resnet18-4": "43bd37121148eb5a",
    "pretrained_mlp_mixer-4-3-16-8-32-24": "d737e9b0146cd99e",
    "pretrained_vision_transformer-4-3-16-2-32-24": "b0179e74e22ce47d",
    "resnet-18-8": "0fa4f3f56e032515",
    "resnet-18-imagenet-8": "69cb6eaa3ff4a70d",
    "resnet-50-64px-8": "75dff5c1b2e06b77",
    "vgg-4": "27e015b06a29ff79",
    "vgg-4-False": "febc4e9d950abb1d",
    "vision_transformer-4-3-2-16-32": "a073366e0e7bb6df",
}


def digest(network):
    """Of the names, shapes, dtypes and bytes of a network's state, in its order."""
    state = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        state.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        state.update(tensor.numpy().tobytes())
    return state.hexdigest()[:16]


def weights(network):
    return {name: tensor.numpy().tobytes() for name, tensor in network.state_dict().items()}


def test_every_file_that_is_no_machinery_is_an_architecture_whose_options_are_declared_with_defaults():
    assert {"preactivation_resnet18", "resnet", "vision_transformer"} <= set(architectures())
    for architecture in architectures():
        make = import_module(f"rote.models.{architecture}").build
        image_shape, n_classes, *options = signature(make).parameters.values()
        assert (image_shape.name, n_classes.name) == ("image_shape", "n_classes")
        declared = {field.name: field for field in fields(OPTIONS[architecture]) if field.name != "name"}
        assert [option.name for option in options] == list(declared)
        assert all(field.default is not MISSING for field in declared.values())


@pytest.mark.parametrize("options", [{"width": 2}, {"width": 3}])
def test_equal_seeds_give_equal_bytes_and_other_seeds_give_others(options):
    assert weights(small(seed=7, **options)) == weights(small(seed=7, **options))
    assert weights(small(seed=7, **options)) != weights(small(seed=8, **options))


@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in {"AVX2", "AVX512"}, reason="its normal numbers are rounded otherwise"
)
def test_initial_weights_are_those_that_results_were_made_from(network, request):
    assert digest(network) == DIGESTS[request.node.callspec.id]


def test_initial_weights_do_not_depend_on_what_was_drawn_before():
    first = weights(small("resnet", seed=7))
    torch.randn(10)
    assert weights(small("resnet", seed=7)) == first


@pytest.mark.parametrize(
    ("architecture", "options"),
    [("preactivation_resnet18", {"width": 2}), ("resnet", {}), ("vision_transformer", SMALL_TRANSFORMER)],
)
def test_building_leaves_the_global_random_state_untouched(architecture, options):
    before = torch.get_rng_state()
    small(architecture, **options)
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_are_drawn_on_the_cpu_whatever_the_default_device():
    with torch.device("meta"):
        assert {parameter.device.type for parameter in small(width=2).parameters()} == {"cpu"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "resnett"}, "architecture: 'resnett'. Did you mean resnet?"),
        ({"architecture": "taps"}, "architecture: 'taps'"),
        ({"widht": 4}, "key of preactivation_resnet18: 'widht'. Did you mean width?"),
        ({"image_shape_": (8, 8, 1)}, "key of preactivation_resnet18: 'image_shape_'"),
        ({"width": 0}, "preactivation_resnet18.width must be at least 1, not 0"),
        ({"width": 2.0}, "preactivation_resnet18.width must be a whole number, not 2.0"),
        ({"width": True}, "preactivation_resnet18.width must be a whole number, not True"),
        ({"n_classes": 0}, "n_classes must be"),
        ({"image_shape": (8, 0, 1)}, "image_width must be"),
        ({"architecture": "resnet", "depth": 34}, "resnet.depth: 34"),
        ({"architecture": "resnet", "stem": "64"}, "resnet.stem: '64'. Did you mean 64px?"),
        ({"architecture": "vision_transformer", "layers": 0}, "layers must be at least 1"),
        ({"architecture": "vision_transformer"}, "images of 8×8 pixels do not divide into square patches"),
        ({"architecture": "vision_transformer", "patch_size": 4, "image_shape": (8, 4, 1)}, "images of 8×4 pixels"),
        ({"architecture": "vision_transformer", "patch_size": 4, "heads": 5}, "hidden_size must be a multiple"),
        ({"architecture": "plain_convolutional", "width": 0}, "width must be at least 1"),
        ({"architecture": "mlp", "hidden": []}, "mlp.hidden must be 1 or more, not ()"),
        ({"architecture": "convolutional", "convolutions": []}, "convolutional.convolutions must be 1 or more"),
        (
            {"architecture": "convolutional", "convolutions": [{"channels": 2, "kernl": 3}]},
            r"key of convolutional.convolutions[0]: 'kernl'. Did you mean kernel?",
        ),
        ({"architecture": "mlp", "depth": 0}, "mlp.depth must be at least 1, not 0"),
        ({"architecture": "alexnet", "stem": "strided4"}, "alexnet.stem: 'strided4'. Did you mean strided?"),
        ({"architecture": "vgg", "dropout": 1.0}, "vgg.dropout must be below 1, not 1.0"),
        ({"architecture": "pretrained_vision_transformer", "heads": 5}, "hidden_size must be a multiple"),
        ({"architecture": "pretrained_vision_transformer", "input_size": 40}, "input_size must be a multiple of patch"),
        ({"architecture": "pretrained_mlp_mixer", "token_mlp_size": 0}, "token_mlp_size must be at least 1"),
        ({"architecture": "pretrained_mlp_mixer", "image_shape": (8, 8, 2)}, "not images of 2 channels"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(arguments, message):
    with pytest.raises(ConfigError) as refusal:
        small(**arguments)
    assert message in str(refusal.value)


def test_logits_have_one_column_per_class(network: Network, images):
    assert network(images).shape == (6, 5)


def test_a_batch_of_one_gives_that_images_row_of_a_larger_batch(network: Network, images):
    network.eval()
    with torch.no_grad():
        torch.testing.assert_close(network(images[2:3]), network(images)[2:3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("alexnet", {}),
        ("alexnet", {"stem": "same"}),
        ("mlp", {}),
        ("plain_convolutional", {}),
        ("preactivation_resnet18", {}),
        ("resnet", {}),
        ("resnet", {"stem": "imagenet"}),
        ("vgg", {}),
    ],
)
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (9, 40, 3)])
def test_convolutional_networks_and_perceptrons_take_images_of_any_size(architecture, options, shape):
    network = small(architecture, image_shape=shape, width=4, **options)
    height, width, channels = shape
    assert network(torch.zeros(2, channels, height, width)).shape == (2, 3)


def test_one_step_of_gradient_descent_lowers_the_loss_on_its_batch(network: Network, images):
    labels = torch.arange(6) % 5
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-2)
    before = functional.cross_entropy(network(images), labels)
    before.backward()
    optimiser.step()
    assert functional.cross_entropy(network(images), labels) < before


def test_the_gradient_reaches_every_parameter_once_training_has_begun(network: Network, images):
    """Not at the very start: what is behind a weight that starts at zero gets no gradient before that has moved."""
    labels = torch.arange(6) % 5
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-2)
    for _ in range(4):
        optimiser.zero_grad()
        functional.cross_entropy(network(images), labels).backward()
        optimiser.step()
    assert [name for name, parameter in network.named_parameters() if not parameter.grad.abs().any()] == []


def test_residual_branches_start_at_zero_where_asked():
    for asked in (True, False):
        network = small("resnet", zero_initialised_residuals=asked)
        scale = network.get_submodule("layers.layer3.0.bn2").weight
        assert torch.equal(scale, torch.full_like(scale, 0.0 if asked else 1.0))


def test_preactivation_resnet_has_no_activation_before_the_pooling():
    network = small(width=2, image_shape=(32, 32, 3)).eval()
    image = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    maps = network.stage_4(network.stage_3(network.stage_2(network.stage_1(network.first_convolution(image)))))
    assert maps.shape == (1, 16, 4, 4)
    assert (maps < 0).any()
    logits = functional.avg_pool2d(maps, 4).flatten(1) @ network.fully_connected.weight.T + network.fully_connected.bias
    torch.testing.assert_close(network(image), logits)


def test_preactivation_shortcut_is_the_identity_or_a_convolution_of_the_first_activation():
    stage = small(width=2).stage_2.eval()
    x = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(2))
    changing, keeping = stage
    for block in stage:
        nn.init.zeros_(block.conv2.weight)
    first_activation = functional.relu(changing.bn1(x))
    expected = functional.conv2d(first_activation, changing.shortcut.weight, stride=2)
    torch.testing.assert_close(changing(x), expected)
    assert torch.equal(keeping(expected), expected)


def test_a_vision_transformer_refuses_images_of_another_size():
    network = small("vision_transformer", **SMALL_TRANSFORMER)
    with pytest.raises(DataError, match="built for images of 8×8 pixels, not of 10×8"):
        network(torch.zeros(1, 1, 10, 8))
