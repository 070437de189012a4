"""The table of a run's CKA: every two epochs, at every tap."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.job import Job
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches
from rote.similarity.cka import Estimator
from rote.similarity.epoch_cka import GIGABYTE, tiles
from rote.tables.dynamics import EPOCH_CKA, nullable, repeated

ENTRIES = 1 << 16  # of a map, appended to the table at a time


def compare_epochs(
    manifest: Path,
    output: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    memory: int = GIGABYTE,
) -> None:
    """Compare the representations of every two epochs; write an EPOCH_CKA table, the upper triangle of each tap's map.

    An epoch at which a tap has no CKA (see `rote.similarity.rows.load`) has one row there, with null.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output : Path
        Its provenance names estimator and batches.
    estimator, batches : str
        See `rote.similarity.epoch_cka`.
    job : Job
    taps : sequence of str or "all"
    memory : int
        Bytes that the computation may use, whatever the number of epochs; no map is ever whole in memory.

    Raises
    ------
    ConfigError, DataError, TableError
        See `rote.similarity.rows.load` and `rote.similarity.epoch_cka`.
    """
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    epochs_of_run = rows.epochs(manifest)
    opened = [rows.load(manifest, tap, estimator=estimator) for tap in names]
    device = job.device
    recorded = job.recorded(estimator=estimator, batches=batches)
    with tables.writing(output, EPOCH_CKA, recorded) as table:
        for tap, of_tap in track(list(zip(names, opened, strict=True)), "CKA of epochs", unit="tap"):
            epochs = of_tap.epochs.astype(np.int32)
            # the other half is for the columns of the table
            for tile in tiles(of_tap, estimator=estimator, batches=batches, memory=memory // 2, device=device):
                for first, second in _upper_triangle(*tile.cka.shape):
                    table.append(
                        {
                            "tap": repeated(tap, len(first), names),
                            "epoch": epochs[tile.start + first],
                            "other_epoch": epochs[tile.start + second],
                            "cka": nullable(tile.cka[first, second]),
                            "standard_error": nullable(tile.standard_error[first, second]),
                        }
                    )
            constant = np.setdiff1d(epochs_of_run, of_tap.epochs).astype(np.int32)
            nothing = pa.nulls(len(constant), pa.float64())
            table.append(
                {
                    "tap": repeated(tap, len(constant), names),
                    "epoch": constant,
                    "other_epoch": constant,
                    "cka": nothing,
                    "standard_error": nothing,
                }
            )


def _upper_triangle(height: int, width: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Indices on and above the diagonal, row by row, some whole rows at a time."""
    step = max(ENTRIES // width, 1)
    for start in range(0, height, step):
        first, second = np.triu_indices(min(step, height - start), start, width)
        yield start + first, second
