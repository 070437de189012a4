"""Flat features of images at a tap of a network, block by block: never all of them in memory."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from rote.models.taps import full_precision, representations
from rote.training.networks import TrainedNetwork

BLOCK = {"cpu": 512, "cuda": 4096}  # images of a forward pass


def features(
    network: TrainedNetwork, images: NDArray[np.uint8], tap: str
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Representations of images at one tap, in evaluation mode, not augmented.

    Parameters
    ----------
    network : TrainedNetwork
    images : ndarray, shape (n, H, W, C), uint8
    tap : str

    Yields
    ------
    rows : slice
        Which images these are.
    values : ndarray, shape (rows, d), float32
        Flattened.

    Raises
    ------
    ConfigError
        If the network has no such tap.
    """
    size = BLOCK[network.device.type]
    for first in range(0, len(images), size):
        rows = slice(first, min(first + size, len(images)))
        with full_precision():
            inputs = network.normalisation(torch.from_numpy(images[rows]).to(network.device))
            taken = representations(network.model, inputs, [tap])[tap]
        yield rows, taken.float().cpu().numpy()
