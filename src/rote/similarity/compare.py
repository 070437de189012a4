"""The table of a run's CKA: every two epochs, at every tap."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from rote import tables
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches
from rote.similarity.cka import Estimator
from rote.similarity.epoch_cka import GIGABYTE, tiles
from rote.tables.dynamics import EPOCH_CKA, nullable, repeated


def compare_epochs(
    manifest: Path,
    output: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    provenance: Mapping[str, Any],
    device: torch.device,
    taps: Sequence[str] | Literal["all"] = "all",
    memory: int = GIGABYTE,
) -> None:
    """Compare the representations of every two epochs; write an EPOCH_CKA table, the upper triangle of each tap's map.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output : Path
        Its provenance names estimator and batches.
    estimator, batches : str
        See `rote.similarity.epoch_cka`.
    provenance : mapping
    device : torch.device
    taps : sequence of str or "all"
    memory : int
        Bytes that the computation may use, whatever the number of epochs; no map is ever whole in memory.

    Raises
    ------
    ConfigError, DataError, TableError
        See `rote.similarity.rows.load` and `rote.similarity.epoch_cka`.
    """
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    opened = [rows.load(manifest, tap, estimator=estimator) for tap in names]
    recorded = {**provenance, "estimator": estimator, "batches": batches}
    with tables.writing(output, EPOCH_CKA, recorded) as table:
        for tap, of_tap in track(list(zip(names, opened, strict=True)), "CKA of epochs", unit="tap"):
            epochs = of_tap.epochs.astype(np.int32)
            # the other half is for the table's columns
            for tile in tiles(of_tap, estimator=estimator, batches=batches, memory=memory // 2, device=device):
                first, second = np.triu_indices(len(tile.cka), m=tile.cka.shape[1])
                table.append(
                    {
                        "tap": repeated(tap, len(first), names),
                        "epoch": epochs[tile.start :][first],
                        "other_epoch": epochs[tile.start :][second],
                        "cka": tile.cka[first, second],
                        "standard_error": nullable(tile.standard_error[first, second]),
                    }
                )
