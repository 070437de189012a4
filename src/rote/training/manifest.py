"""The tables of a training: its history; and the manifest, checkpoints and all else from which a network is opened."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rote import tables
from rote.tables.training import CHECKPOINTS, HISTORY
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import Checkpoint
from rote.training.evaluation import Measure


def write_history(path: Path, history: Sequence[Measure], provenance: Mapping[str, Any]) -> None:
    """Write the HISTORY table of a training; a RoteError if it cannot be written."""
    columns = zip(*history, strict=True)
    tables.write(path, HISTORY, dict(zip(Measure._fields, columns, strict=True)), provenance)


def write_manifest(
    path: Path, folder: Path, checkpoints: Sequence[Checkpoint], blueprint: Blueprint, provenance: Mapping[str, Any]
) -> None:
    """Write the CHECKPOINTS table of the network in `folder`, from which `rote.training.networks` opens it.

    Parameters
    ----------
    path : Path
    folder : Path
        Of the checkpoints.
    checkpoints : sequence of Checkpoint
    blueprint : Blueprint
        What the network is built of.
    provenance : mapping
        What else the table says of its origin.

    Raises
    ------
    RoteError
        If the table cannot be written.
    """
    columns = {
        "epoch": [checkpoint.epoch for checkpoint in checkpoints],
        "file": [os.path.relpath(folder / checkpoint.file, path.parent) for checkpoint in checkpoints],
        "bytes": [checkpoint.bytes for checkpoint in checkpoints],
        "checksum": [checkpoint.checksum for checkpoint in checkpoints],
    }
    tables.write(path, CHECKPOINTS, columns, {**provenance, **blueprint.recorded()})
