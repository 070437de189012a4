import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision import models

from rote.models.build import build
from rote.models.cost import multiply_adds, parameter_count

SIZES = st.integers(1, 6)


def costs(architecture, side, n_classes, **options):
    shape = (side, side, 3)
    network = build(architecture, image_shape=shape, n_classes=n_classes, seed=0, **options)
    return parameter_count(network), multiply_adds(network, shape)


def preactivation_resnet18_by_arithmetic(height, width, channels, n_classes, k):
    parameters, products = 9 * channels * k, 9 * channels * k * height * width
    for before, after, stride in ((k, k, 1), (k, 2 * k, 2), (2 * k, 4 * k, 2), (4 * k, 8 * k, 2)):
        height, width = -(-height // stride), -(-width // stride)
        weights = 9 * before * after + 3 * 9 * after**2 + (before * after if stride == 2 else 0)
        parameters += weights + 2 * (before + 3 * after)
        products += weights * height * width
    return parameters + (8 * k + 1) * n_classes, products + 8 * k * n_classes


@settings(max_examples=15)
@given(height=st.integers(1, 40), width=st.integers(1, 40), channels=SIZES, n_classes=SIZES, k=SIZES)
def test_preactivation_resnet18_costs_what_arithmetic_says(height, width, channels, n_classes, k):
    shape = (height, width, channels)
    network = build("preactivation_resnet18", image_shape=shape, n_classes=n_classes, seed=0, width=k)
    expected = preactivation_resnet18_by_arithmetic(height, width, channels, n_classes, k)
    assert (parameter_count(network), multiply_adds(network, shape)) == expected


@pytest.mark.parametrize(
    ("architecture", "side", "n_classes", "options", "expected"),
    [
        ("preactivation_resnet18", 32, 100, {"width": 64}, (11_217_316, 555_468_800)),  # published: 11.22 M, 555.5 M
        ("preactivation_resnet18", 32, 100, {"width": 32}, (2_819_332, 139_322_368)),  # published: 2.82 M
        ("preactivation_resnet18", 32, 10, {"width": 64}, (11_171_146, 555_422_720)),
        ("resnet", 32, 100, {"depth": 18}, (11_220_132, 555_468_800)),  # published: 11.220 M, 555.5 M
        ("resnet", 32, 100, {"depth": 50}, (23_705_252, 1_298_014_208)),  # published: 23.705 M, 1,298.0 M
        ("resnet", 84, 100, {"depth": 18, "stem": "84px"}, (11_220_132, 555_468_800)),
        ("resnet", 64, 100, {"depth": 50, "stem": "64px"}, (23_705_252, 1_298_014_208)),
        ("resnet", 224, 1000, {"depth": 18, "stem": "imagenet"}, (11_689_512, 1_814_073_344)),  # torchvision's
        ("vision_transformer", 224, 1000, {}, (86_567_656, 17_563_828_224)),  # torchvision: 86567656, 17.564 G
        ("pretrained_vision_transformer", 32, 1000, {}, (86_567_656, 17_563_828_224)),
        ("pretrained_mlp_mixer", 32, 1000, {}, (59_880_472, 12_601_767_936)),  # timm: 59.88 M, 12.6 G
    ],
)
def test_costs_are_the_published_ones(architecture, side, n_classes, options, expected):
    assert costs(architecture, side, n_classes, **options) == expected


@pytest.mark.parametrize(
    ("make", "weights"), [(models.resnet18, models.ResNet18_Weights), (models.vit_b_16, models.ViT_B_16_Weights)]
)
def test_counting_agrees_with_torchvision_s_own_record(make, weights):
    record = weights.IMAGENET1K_V1.meta
    with torch.device("meta"):
        network = make()
    assert parameter_count(network) == record["num_params"]
    assert round(multiply_adds(network, (224, 224, 3)) / 1e9, 3) == record["_ops"]


def test_frozen_parameters_do_not_count():
    network = nn.Linear(3, 2)
    network.bias.requires_grad = False
    assert parameter_count(network) == 6


def test_counting_changes_nothing(network):
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    multiply_adds(network, (16, 16, 1))
    assert network.training
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
