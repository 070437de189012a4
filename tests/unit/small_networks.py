"""Random networks of small images that tests record, certify and score."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from rote.models.build import build
from rote.models.network import Network
from rote.training.blueprint import Blueprint

SHAPE = (8, 8, 1)  # H, W, C
PLAIN = {"name": "plain_convolutional", "width": 2}


def blueprint(**changes: Any) -> Blueprint:
    """Of a plain network of grey images of four classes, but for changes."""
    plain = Blueprint(PLAIN, SHAPE, n_classes=4, mean=(0.5,), std=(0.3,))
    return replace(plain, **changes)


def network(architecture: Mapping[str, Any], seed: int, n_classes: int = 4) -> Network:
    """An untrained network, by the architecture as the configuration names it."""
    options = {key: value for key, value in architecture.items() if key != "name"}
    return build(architecture["name"], image_shape=SHAPE, n_classes=n_classes, seed=seed, **options)


def random_inputs(n: int, seed: int) -> torch.Tensor:
    """Standard normal inputs (n, C, H, W)."""
    height, width, channels = SHAPE
    return torch.randn(n, channels, height, width, generator=torch.Generator().manual_seed(seed))


def accustomed(model: Network, inputs: torch.Tensor) -> Network:
    """The network, its batch normalisation now with the statistics of these inputs (n, C, H, W)."""
    with torch.no_grad():
        for _ in range(30):
            model.train()(inputs)
    return model
