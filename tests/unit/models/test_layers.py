import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from rote.models.build import build
from rote.models.layers import layers_with_weights

IMAGE_SHAPE = (16, 16, 1)


def found(architecture, **options):
    return layers_with_weights(
        build(architecture, image_shape=IMAGE_SHAPE, n_classes=3, seed=0, **options), IMAGE_SHAPE
    )


def test_layers_stand_in_the_order_in_which_they_run_and_in_the_segment_in_which_they_run(network, images):
    layers, ran, current = layers_with_weights(network, IMAGE_SHAPE), [], None
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(lambda *_, path=path: ran.append((path, current)))
    x = images
    for current, segment in network.segments().items():  # noqa: B007 (the hooks read it)
        x = segment(x)
    assert [(path, layer.segment) for path, layer in layers.items()] == ran


def test_every_batch_norm_belongs_to_one_layer(network):
    owned = [norm for layer in layers_with_weights(network, IMAGE_SHAPE).values() for norm in layer.batch_norms]
    assert sorted(owned) == sorted(path for path, module in network.named_modules() if isinstance(module, _BatchNorm))


def test_a_batch_norm_belongs_to_the_layer_whose_output_it_normalises():
    layers = found("resnet", depth=18, width=4)
    assert layers["layers.conv1"].batch_norms == ("layers.bn1",)
    assert layers["layers.layer2.0.conv2"].batch_norms == ("layers.layer2.0.bn2",)
    assert layers["layers.layer2.0.downsample.0"].batch_norms == ("layers.layer2.0.downsample.1",)
    assert layers["layers.fc"].batch_norms == ()
    assert all(len(layer.batch_norms) == 1 for path, layer in layers.items() if path != "layers.fc")


def test_a_batch_norm_of_a_sum_belongs_to_the_layer_after_it():
    layers = found("preactivation_resnet18", width=2)
    assert layers["first_convolution"].batch_norms == ("stage_1.0.bn1",)
    assert layers["stage_1.1.conv1"].batch_norms == ("stage_1.1.bn1", "stage_1.1.bn2")
    assert layers["stage_1.1.conv2"].batch_norms == ()


@pytest.mark.parametrize(
    ("architecture", "options", "n"),
    [("vgg", {"width": 1}, 16), ("alexnet", {"width": 1}, 6), ("mlp", {"width": 2}, 6), ("resnet", {"width": 1}, 21)],
)
def test_layers_are_those_of_the_published_tables(architecture, options, n):
    assert len(found(architecture, **options)) == n


def test_looking_for_layers_changes_nothing(network):
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    layers_with_weights(network, IMAGE_SHAPE)
    assert network.training
    assert all(not module._forward_hooks for module in network.modules())
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
