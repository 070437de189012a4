"""Checkpoints as their manifest lists them, whether or not they lie there."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.options import check_choice
from rote.tables.training import CHECKPOINTS, HISTORY, best_epoch


class Listed(NamedTuple):
    """A checkpoint as its manifest lists it."""

    epoch: int
    path: Path
    bytes: int
    checksum: str

    @property
    def is_there(self) -> bool:
        """Whether the file lies there whole; files are moved into place, so the size tells, and who reads it checks."""
        return self.path.is_file() and self.path.stat().st_size == self.bytes


def listed_checkpoints(manifest: Path) -> list[Listed]:
    """Checkpoints of a CHECKPOINTS table, by epoch; a TableError if it is missing or damaged."""
    rows = tables.read(manifest, CHECKPOINTS).to_pylist()
    return sorted(Listed(row["epoch"], manifest.parent / row["file"], row["bytes"], row["checksum"]) for row in rows)


def chosen_epochs(manifest: Path, epochs: Sequence[int | str] | str, history: Path | None = None) -> list[int]:
    """Epochs of a manifest's checkpoints that are asked for.

    Parameters
    ----------
    manifest : Path
        CHECKPOINTS table.
    epochs : sequence of int, "first", "best" and "last"; or "all" or "last"
    history : Path, optional
        HISTORY table of the run, which says which epoch is the best.

    Returns
    -------
    list of int
        Ascending, each once.

    Raises
    ------
    ConfigError
        If a word is unknown, or the best epoch is asked for without a history.
    DataError
        If the manifest lists no checkpoint.
    TableError
        If a table is missing or damaged.
    TrainingError
        If the manifest lists no checkpoint of an epoch.
    """
    listed = [checkpoint.epoch for checkpoint in listed_checkpoints(manifest)]
    if not listed:
        raise DataError(f"{manifest} lists no checkpoint. Delete it and run again.")
    if isinstance(epochs, str):
        check_choice("epochs", epochs, ("all", "last"))
        return listed if epochs == "all" else listed[-1:]
    named = {"first": listed[0], "last": listed[-1]}
    if "best" in epochs:
        if history is None:
            raise ConfigError("which epoch is the best stands in the run's history: give that too.")
        named["best"] = best_epoch(tables.read(history, HISTORY))
    for epoch in epochs:
        if isinstance(epoch, str):
            check_choice("epoch", epoch, ("first", "best", "last"))
    chosen = sorted({named[epoch] if isinstance(epoch, str) else epoch for epoch in epochs})
    for epoch in chosen:
        if epoch not in listed:
            raise TrainingError(
                f"{manifest} lists no checkpoint of epoch {epoch}. Name epochs of the recipe's grid of checkpoints, "
                f"among them {', '.join(map(str, listed[:5]))} and {listed[-1]}; for the best, set keep_best."
            )
    return chosen
