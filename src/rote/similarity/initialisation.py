"""CKA of every epoch with the run's own initialisation and with unrelated ones (paper's Fig. 19 and H.1)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from rote import tables
from rote.job import Job
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches
from rote.similarity.cka import Estimator
from rote.similarity.epoch_cka import GIGABYTE, tiles
from rote.tables.dynamics import INITIALISATION_CKA, nullable, repeated


def compare_initialisations(
    manifest: Path,
    output: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    memory: int = GIGABYTE,
) -> None:
    """Compare every epoch with initialisations; write an INITIALISATION_CKA table.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table. The run's own initialisation is its epoch 0.
    output : Path
        A tap that is constant before training (a head that begins at zero) has no rows.
    estimator, batches, job, taps, memory
        As in `rote.similarity.compare.compare_epochs`, errors too.
    """
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    device = job.device
    recorded = job.recorded(estimator=estimator, batches=batches)
    with tables.writing(output, INITIALISATION_CKA, recorded) as table:
        for tap in track(names, "CKA with initialisations", unit="tap"):
            unrelated = rows.load(manifest, tap, "unrelated", estimator=estimator)
            own = rows.load(manifest, tap, estimator=estimator)
            everything = unrelated + own
            references = len(unrelated) + int(0 in own.epochs)  # the first rows of the map of everything
            for tile in tiles(
                everything, estimator=estimator, batches=batches, memory=memory, device=device, stop=references
            ):
                compared = slice(len(unrelated) - tile.start, None)
                for i, (cka, standard_error) in enumerate(zip(tile.cka, tile.standard_error, strict=True), tile.start):
                    reference = "unrelated" if i < len(unrelated) else "own"
                    table.append(
                        {
                            "tap": repeated(tap, len(own), names),
                            "epoch": own.epochs.astype(np.int32),
                            "reference": repeated(reference, len(own), ("own", "unrelated")),
                            "index": np.full(len(own), everything.indices[i], np.int32),
                            "cka": cka[compared],
                            "standard_error": nullable(standard_error[compared]),
                        }
                    )
