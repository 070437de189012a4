"""Checkpoints: a network's parameters and buffers as safetensors, listed in a manifest table."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from rote import tables
from rote.errors import TrainingError
from rote.tables.training import CHECKPOINTS
from rote.tensors import description, save


class Checkpoint(NamedTuple):
    """One checkpoint in a run's folder."""

    epoch: int
    file: str
    bytes: int
    checksum: str


def write_checkpoint(model: nn.Module, folder: Path, epoch: int) -> Checkpoint:
    """Write a network's parameters and buffers."""
    file = f"epoch_{epoch:06d}.safetensors"
    content = save(folder / file, model.state_dict())
    return Checkpoint(epoch, file, len(content), hashlib.sha256(content).hexdigest())


def load_checkpoint(model: nn.Module, manifest: Path, epoch: int) -> None:
    """Load the weights of one epoch into a network, in place.

    Parameters
    ----------
    model : Module
        Of the architecture that was trained.
    manifest : Path
        The run's CHECKPOINTS table.
    epoch : int

    Raises
    ------
    TrainingError
        If the manifest lists no such epoch, the file was dropped or is damaged, or the network is another.
    """
    rows = {row["epoch"]: row for row in tables.read(manifest, CHECKPOINTS).to_pylist()}
    if epoch not in rows:
        nearest = min(rows, key=lambda other: abs(other - epoch), default=None)
        raise TrainingError(
            f"{manifest} lists no checkpoint of epoch {epoch}; the nearest is epoch {nearest}. "
            "Add the epoch to the recipe's grid of checkpoints, or ask for one of the grid."
        )
    path = manifest.parent / rows[epoch]["file"]
    remedy = f"Delete {manifest} and run again: the network is trained once more."
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise TrainingError(f"the checkpoint {path} was dropped after use. {remedy}") from error
    if hashlib.sha256(content).hexdigest() != rows[epoch]["checksum"]:
        raise TrainingError(f"the checkpoint {path} is damaged: its checksum is not the recorded one. {remedy}")
    load_state(model, safetensors.torch.load(content), path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load starting weights from a safetensors file into a network, in place.

    What the file says it leaves out (``left_out`` in its description: the head of a pre-trained network) stays as the
    network has it.

    Raises
    ------
    TrainingError
        If the file is missing, is no safetensors file, or holds another network.
    """
    try:
        weights, left_out = safetensors.torch.load(path.read_bytes()), description(path).get("left_out", ())
    except FileNotFoundError as error:
        raise TrainingError(f"the weights {path} do not exist. Check the path in the configuration.") from error
    except SafetensorError as error:
        raise TrainingError(
            f"the weights {path} are not a safetensors file ({error}). Convert or replace it."
        ) from error
    load_state(model, weights, path, left_out)


def load_state(model: nn.Module, weights: Mapping[str, Tensor], path: Path, left_out: Collection[str] = ()) -> None:
    """Load parameters and buffers into a network, in place.

    Parameters
    ----------
    model : Module
    weights : mapping of str to Tensor
        By their names in the network.
    path : Path
        Where they come from, for the message.
    left_out : collection of str
        Names that `weights` lack and whose values stay as they are.

    Raises
    ------
    TrainingError
        If a name or a shape differs from the network's.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items() if name not in left_out}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise TrainingError(
                f"{path} holds the weights of another network: {name} is {found.get(name, 'missing')} there and "
                f"{expected.get(name, 'missing')} in the network. Give the architecture that it was trained with."
            )
    model.load_state_dict(weights, strict=False)  # what may be missing is known by now
