"""A trained network, as its run left it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rote import tables
from rote.data.images import ImageSet
from rote.errors import DataError
from rote.models.build import build
from rote.models.network import Network
from rote.tables.training import CHECKPOINTS
from rote.training.checkpoints import load_checkpoint


def trained_network(
    checkpoints: Path,
    architecture: Mapping[str, Any],
    images: ImageSet,
    device: torch.device,
    epoch: int | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> tuple[Network, int]:
    """Build a run's network and load its weights.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    architecture : mapping
        `name` and options, see `rote.models.build`.
    images : ImageSet
        Images of the kind that it was trained on: their shape and number of classes are the network's.
    device : torch.device
    epoch : int, optional
        Of the checkpoint; the last one by default.
    memory_format : torch.memory_format
        Order of the weights in memory.

    Returns
    -------
    Network, int
        In evaluation mode; and the checkpoint's epoch.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If the architecture is unknown, or a checkpoint is missing, damaged or of another network.
    """
    if epoch is None:
        epochs: list[int] = tables.read(checkpoints, CHECKPOINTS, ["epoch"])["epoch"].to_pylist()
        if not epochs:
            raise DataError(f"{checkpoints} lists no checkpoint. Delete it and run again.")
        epoch = max(epochs)
    options = {key: value for key, value in architecture.items() if key != "name"}
    model = build(architecture["name"], image_shape=images.shape, n_classes=images.n_classes, seed=0, **options)
    load_checkpoint(model, checkpoints, epoch)
    model.to(device).to(memory_format=memory_format)
    return model.eval(), epoch
