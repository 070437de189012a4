import pytest
import torch
from torch.nn import functional

from rote.models.build import build

OPTIONS = {"patch_size": 4, "layers": 2, "hidden_size": 8, "input_size": 24}
ARCHITECTURES = ["pretrained_vision_transformer", "pretrained_mlp_mixer"]


def network(architecture, shape):
    options = OPTIONS | ({"heads": 2} if "transformer" in architecture else {})
    model = build(architecture, image_shape=shape, n_classes=3, seed=0, **options).eval()
    torch.nn.init.normal_(model.layers.head.weight, generator=torch.Generator().manual_seed(0))
    return model


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_small_images_are_seen_bilinearly_enlarged(architecture):
    images = torch.randn(2, 3, 10, 10, generator=torch.Generator().manual_seed(1))
    model = network(architecture, (10, 10, 3))
    enlarged = functional.interpolate(images, (24, 24), mode="bilinear", align_corners=False)
    assert torch.equal(model(images), model.layers(enlarged))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_images_of_the_pretrained_size_are_seen_as_they_are(architecture):
    images = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    model = network(architecture, (24, 24, 3))
    assert torch.equal(model(images), model.layers(images))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_grey_image_is_seen_as_a_colour_image_without_colour(architecture):
    images = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    model = network(architecture, (8, 8, 1))
    assert torch.equal(model(images), model(torch.cat([images] * 3, 1)))


@pytest.mark.parametrize("mlp_size", [9, 33, 100])
def test_mlps_have_the_size_asked_for(mlp_size):
    sizes = {"patch_size": 4, "layers": 1, "hidden_size": 7, "input_size": 8}
    transformer = build(
        "pretrained_vision_transformer", image_shape=(8, 8, 1), n_classes=2, seed=0, heads=1, mlp_size=mlp_size, **sizes
    )
    assert transformer.layers.blocks[0].mlp.fc1.out_features == mlp_size
    mixer = build(
        "pretrained_mlp_mixer",
        image_shape=(8, 8, 1),
        n_classes=2,
        seed=0,
        token_mlp_size=mlp_size,
        channel_mlp_size=mlp_size + 1,
        **sizes,
    )
    assert mixer.layers.blocks[0].mlp_tokens.fc1.out_features == mlp_size
    assert mixer.layers.blocks[0].mlp_channels.fc1.out_features == mlp_size + 1
