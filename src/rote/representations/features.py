"""Outputs of a trained network at its taps, of a few images that fit into memory."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote.models.taps import full_precision, representations
from rote.training.networks import TrainedNetwork

PIECE = 64  # images of a forward pass


def features_of(network: TrainedNetwork, images: NDArray[np.uint8], taps: Sequence[str]) -> dict[str, Tensor]:
    """Outputs of taps, flattened.

    Parameters
    ----------
    network : TrainedNetwork
    images : ndarray, shape (n, H, W, C), uint8
    taps : sequence of str

    Returns
    -------
    dict of str to Tensor
        By tap, in order of depth: (n, features), on the CPU.

    Raises
    ------
    ConfigError
        If the network lacks a tap.
    """
    pieces: dict[str, list[Tensor]] = {}
    with full_precision():
        for piece in torch.split(torch.from_numpy(images), PIECE):
            inputs = network.normalisation(piece.to(network.device))
            for tap, output in representations(network.model, inputs, taps).items():
                pieces.setdefault(tap, []).append(output.cpu())
    return {tap: torch.cat(parts) for tap, parts in pieces.items()}
