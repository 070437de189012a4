import pytest
import torch
from torch import nn

from rote.models.build import build
from rote.seeds import Seeds
from rote.training.engine import train
from rote.training.layout import training_layout
from tests.unit.training.training_examples import CPU, examples, normalisation, recipe

LAST, FIRST = torch.channels_last, torch.contiguous_format


@pytest.mark.parametrize(
    ("layer", "layout"),
    [
        (nn.Conv2d(7, 16, 1, 2), FIRST),
        (nn.Conv2d(1, 16, 1, (2, 1)), FIRST),
        (nn.Conv2d(16, 16, 1, 2, groups=4), FIRST),
        (nn.Conv2d(8, 16, 1, 2), LAST),
        (nn.Conv2d(4, 16, 1), LAST),
        (nn.Conv2d(4, 16, 3, 2), LAST),
        (nn.Linear(4, 4), LAST),
    ],
)
def test_a_strided_convolution_of_single_pixels_and_few_channels_is_trained_in_contiguous_layout(layer, layout):
    assert training_layout(nn.Sequential(nn.ReLU(), layer), LAST, CPU) == layout


def test_a_gpu_and_a_recipe_without_channels_last_get_what_they_ask_for():
    layer = nn.Conv2d(4, 8, 1, 2)
    assert training_layout(layer, LAST, torch.device("cuda")) == LAST
    assert training_layout(layer, FIRST, CPU) == FIRST


@pytest.mark.parametrize("architecture", ["preactivation_resnet18", "resnet"])
@pytest.mark.parametrize(("width", "layout"), [(4, FIRST), (8, LAST)])
def test_a_residual_network_is_trained_in_channels_last_from_width_8(architecture, width, layout):
    model = build(architecture, image_shape=(6, 6, 3), n_classes=3, seed=0, width=width)
    seen = []
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d) and module.stride[0] == 2)
    convolution.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].is_contiguous(memory_format=LAST)))
    train(model, recipe(), examples(), examples(), normalisation(), Seeds(0, "run"), progress=False)
    assert convolution.weight.shape[1] == width
    assert set(seen) == {layout == LAST}
