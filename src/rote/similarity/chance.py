"""The chance level of CKA: that of a representation with itself when the examples are permuted.

The mean over all permutations is known: 0 for the unbiased estimator and (tr K)² / ((n−1) ‖K‖²) for the biased one,
K the centred Gram matrix, and √(c(e) c(f)) for two representations of levels c(e) and c(f). A level per epoch thus
gives the level of the whole map.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.errors import ConfigError
from rote.job import Job
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches, scales
from rote.similarity.cka import Estimator, centred_for
from rote.similarity.log_epoch import even_grid
from rote.similarity.rows import GramRows
from rote.tables.dynamics import CHANCE_CKA, nullable, repeated


def chance_cka(
    of_tap: GramRows,
    permutations: Sequence[NDArray[np.int64]],
    *,
    estimator: Estimator,
    batches: Batches,
    device: torch.device,
) -> NDArray[np.float64]:
    """CKA of each representation with itself, examples permuted.

    Parameters
    ----------
    of_tap : GramRows
        Of E networks.
    permutations : sequence of ndarray
        P permutations of the n examples of a batch, the same for all batches.
    estimator, batches : str
        See `rote.similarity.epoch_cka`.
    device : torch.device

    Returns
    -------
    ndarray
        Float64 (E, P).
    """
    scale = scales(of_tap.norms_for(estimator), batches)
    level = np.zeros((len(of_tap), len(permutations)))
    for network in range(len(of_tap)):
        for batch in range(of_tap.n_batches):
            matrix = centred_for(estimator, of_tap.matrix(network, batch).to(device, torch.float64))
            unit = matrix / torch.linalg.matrix_norm(matrix)
            share = float(scale[batch, network]) ** 2
            for i, permutation in enumerate(permutations):
                order = torch.from_numpy(permutation).to(device)
                level[network, i] += share * float((unit * unit[order[:, None], order]).sum())
    return level


def measure_chance(
    manifest: Path,
    output: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    permutations: int = 10,
    epochs_per_decade: float = 10,
) -> None:
    """Measure the chance level on an even grid of log-epoch; write a CHANCE_CKA table.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output : Path
    estimator, batches, job, taps
        As in `rote.similarity.compare.compare_epochs`, errors too.
    permutations : int
    epochs_per_decade : float
        See `rote.similarity.log_epoch.even_grid`.

    Raises
    ------
    ConfigError
        If there is no permutation.
    """
    if permutations < 1:
        raise ConfigError(f"the chance level needs at least one permutation, not {permutations}.")
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    device = job.device
    recorded = job.recorded(estimator=estimator, batches=batches)
    epochs_of_run = rows.epochs(manifest)
    epochs = epochs_of_run[even_grid(epochs_of_run, epochs_per_decade)]
    with tables.writing(output, CHANCE_CKA, recorded) as table:
        for tap in track(names, "chance level of CKA", unit="tap"):
            opened = rows.load(manifest, tap, estimator=estimator)
            of_tap = opened[np.flatnonzero(np.isin(opened.epochs, epochs))]
            drawn = [job.generator("permuted examples", i).permutation(of_tap.n) for i in range(permutations)]
            level = np.full((len(epochs), permutations), np.nan)
            level[np.isin(epochs, of_tap.epochs)] = chance_cka(
                of_tap, drawn, estimator=estimator, batches=batches, device=device
            )
            spread = level.std(1, ddof=1) if permutations > 1 else np.full(len(level), np.nan)
            table.append(
                {
                    "tap": repeated(tap, len(epochs), names),
                    "epoch": epochs.astype(np.int32),
                    "cka": nullable(level.mean(1)),
                    "standard_error": nullable(spread / permutations**0.5),
                }
            )
