import pytest
import torch

from rote.models.build import architectures, build
from rote.models.network import Network

IMAGE_SHAPE = (16, 16, 1)
N_CLASSES = 5

SMALL = {"patch_size": 4, "layers": 3, "hidden_size": 16}
VARIANTS = {
    "alexnet": [{"width": 2}, {"stem": "same", "width": 2}],
    "convolutional": [
        {"convolutions": [{"channels": 4, "pooling": {}}, {"channels": 6, "kernel": 5, "stride": 2}], "hidden": [7, 5]},
        {"convolutions": [{"channels": 4, "padding": 0}], "hidden": [], "batch_norm": True, "head_bias": False},
    ],
    "mlp": [{"depth": 3, "width": 8}, {"hidden": [8, 5]}],
    "plain_convolutional": [{"width": 4}],
    "pretrained_mlp_mixer": [{**SMALL, "token_mlp_size": 8, "channel_mlp_size": 32, "input_size": 24}],
    "pretrained_vision_transformer": [{**SMALL, "heads": 2, "mlp_size": 32, "input_size": 24}],
    "preactivation_resnet18": [{"width": 4}],
    "resnet": [
        {"depth": 18, "width": 8},
        {"depth": 50, "stem": "64px", "width": 8},
        {"depth": 18, "stem": "imagenet", "width": 8},
    ],
    "vgg": [{"width": 4}, {"width": 4, "batch_norm": False}],
    "vision_transformer": [{"patch_size": 4, "layers": 3, "heads": 2, "hidden_size": 16, "mlp_size": 32}],
}
CASES = [(name, options) for name in architectures() for options in VARIANTS.get(name, [{}])]


def _words(options):
    """Values of options, one after the other, those within others too."""
    for value in options.values() if isinstance(options, dict) else options:
        yield from _words(value) if isinstance(value, dict | list) else [value]


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, (case[0], *_words(case[1])))))
def network(request: pytest.FixtureRequest) -> Network:
    architecture, options = request.param
    return build(architecture, image_shape=IMAGE_SHAPE, n_classes=N_CLASSES, seed=3, **options)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(6, 1, 16, 16, generator=torch.Generator().manual_seed(1))
