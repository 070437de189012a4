"""Trained networks, opened by their manifest alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote import tables
from rote.errors import DataError
from rote.models.network import Network
from rote.tables.training import CHECKPOINTS
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import load_checkpoint
from rote.training.evaluation import predict
from rote.training.inputs import Normalisation


@dataclass(frozen=True)
class TrainedNetwork:
    """A network as its training left it.

    Attributes
    ----------
    model : Network
        In evaluation mode; maps normalised images (B, C, H, W) to logits (B, n_classes).
    normalisation : Normalisation
        Maps raw images (B, H, W, C), uint8, to the model's input.
    epoch : int
        Of the checkpoint.
    blueprint : Blueprint
        What the network is built of.
    device : torch.device
    """

    model: Network
    normalisation: Normalisation
    epoch: int
    blueprint: Blueprint
    device: torch.device

    def predict(self, images: NDArray[np.uint8]) -> Tensor:
        """Logits of raw images, in the precision of training, without augmentation or noise.

        Parameters
        ----------
        images : ndarray
            Shape (n, H, W, C), uint8.

        Returns
        -------
        Tensor
            Shape (n, n_classes), on the network's device.

        Raises
        ------
        DataError
            If the images are of another size than those that the network was built for.
        """
        shape = self.blueprint.image_shape
        if images.shape[1:] != shape:
            raise DataError(
                f"the network takes images (n, {', '.join(map(str, shape))}), not {images.shape}: give those of the "
                "data set that it was trained on."
            )
        pixels = torch.from_numpy(images).to(self.device)
        return predict(self.model, pixels, self.normalisation, self.blueprint.precision)


def open_network(
    manifest: str | Path,
    epoch: int | None = None,
    device: torch.device | None = None,
    memory_format: torch.memory_format | None = None,
) -> TrainedNetwork:
    """Build a trained network from its manifest and load its weights.

    Parameters
    ----------
    manifest : str or Path
        CHECKPOINTS table of the training.
    epoch : int, optional
        Of the checkpoint; the last one by default.
    device : torch.device, optional
        The CPU by default.
    memory_format : torch.memory_format, optional
        Order of the weights in memory; that of the training by default.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    DataError
        If the manifest lists no checkpoint.
    TableError
        If it is missing or damaged, or does not say what the network is built of.
    TrainingError
        If it lists no checkpoint of the epoch, or the checkpoint is missing, damaged or of another network.
    """
    manifest, device = Path(manifest), device or torch.device("cpu")
    epochs: list[int] = tables.read(manifest, CHECKPOINTS, ["epoch"])["epoch"].to_pylist()
    if not epochs:
        raise DataError(f"{manifest} lists no checkpoint. Delete it and run again.")
    epoch = max(epochs) if epoch is None else epoch
    blueprint = Blueprint.read(manifest)
    model = blueprint.untrained(seed=0)
    load_checkpoint(model, manifest, epoch)
    model.to(device).to(memory_format=memory_format or blueprint.memory_format)
    return TrainedNetwork(model.eval(), blueprint.normalisation(device), epoch, blueprint, device)
