"""How much a representation evolves: the mean dissimilarity within windows of log-epoch.

With λ_e the length of the stretch of a window nearest to epoch e on the log-epoch axis, it is

    Σ_e≠f λ_e λ_f (1 − CKA(e, f)) / Σ_e≠f λ_e λ_f,

the mean over pairs of different moments evenly spread in log-epoch, however dense the checkpoints are. As CKA(e, f) is
an inner product ⟨u_e, u_f⟩ of unit vectors, Σ_ef λ_e λ_f CKA(e, f) = ‖Σ_e λ_e u_e‖²: no map is needed.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.job import Job
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches, growth, scales
from rote.similarity.cka import Estimator
from rote.similarity.epoch_cka import CPU, GIGABYTE, blocks
from rote.similarity.log_epoch import cells, log_epoch
from rote.similarity.rows import GramRows
from rote.tables.dynamics import EVOLUTION, nullable, repeated
from rote.tables.training import EPOCH_ZERO


def windows(epochs: NDArray[np.int64], per_decade: int = 2) -> list[tuple[float, float]]:
    """Windows of log-epoch with edges at multiples of 1 / `per_decade`, from the first epoch to the last.

    Parameters
    ----------
    epochs : ndarray
        Ascending, (E,).
    per_decade : int

    Returns
    -------
    list of (float, float)
        Start and end in log10 epochs; none for fewer than two epochs.
    """
    if len(epochs) < 2:
        return []
    first, *_, last = log_epoch(epochs)
    inner = np.arange(np.floor(first * per_decade) + 1, np.ceil(last * per_decade)) / per_decade
    return list(pairwise([float(first), *inner.tolist(), float(last)]))


def dissimilarity(
    of_tap: GramRows,
    weights: NDArray[np.float64],
    *,
    estimator: Estimator,
    batches: Batches,
    memory: int = GIGABYTE,
    device: torch.device = CPU,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean of 1 − CKA over pairs of different epochs.

    Parameters
    ----------
    of_tap : GramRows
        Of the E epochs.
    weights : ndarray
        λ of the module's formula for each of W windows, (W, E), two of a window's at least positive.
    estimator, batches, memory, device
        See `rote.similarity.epoch_cka`.

    Returns
    -------
    mean, standard_error : ndarray
        Float64 (W,) each. The standard error is over batches, as in `rote.similarity.averaging.combine`.
    """
    weight = torch.from_numpy(weights).to(device)
    scale = scales(of_tap.norms_for(estimator), batches).to(device)
    n_batches = of_tap.n_batches
    versions = torch.ones_like(scale[:1])  # all batches; then, where there are several, without each in turn
    if n_batches > 1:
        versions = torch.cat([versions, growth(scale)])
    squares = torch.zeros(len(versions), len(weight), dtype=torch.float64, device=device)
    for batch in range(n_batches):
        summed = weight * (scale[batch] * versions)[:, None]
        square = torch.zeros_like(squares)
        for block in blocks(of_tap, batch, estimator, memory // 3, device):
            square += (summed @ block.double()).square().sum(-1)
        if n_batches > 1:
            square[1 + batch] = 0
        squares += square
    own = weight.square().sum(1)
    values = (1 - (squares - own) / (weight.sum(1).square() - own)).cpu().numpy()
    if n_batches == 1:
        return values[0], np.full(len(weights), np.nan)
    return values[0], values[1:].std(0) * (n_batches - 1) ** 0.5


def measure_evolution(
    manifest: Path,
    output: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    windows_per_decade: int = 2,
    memory: int = GIGABYTE,
) -> None:
    """Measure how much each tap evolves within windows of log-epoch; write an EVOLUTION table.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output : Path
        A window to which all of one epoch is nearest has no row, and so a tap with a single epoch has none.
    estimator, batches, job, taps, memory
        As in `rote.similarity.compare.compare_epochs`, errors too.
    windows_per_decade : int
        Windows for each factor of ten of the epoch.
    """
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    device = job.device
    recorded = job.recorded(estimator=estimator, batches=batches)
    with tables.writing(output, EVOLUTION, recorded) as table:
        for tap in track(names, "evolution", unit="tap"):
            of_tap = rows.load(manifest, tap, estimator=estimator)
            within = [(window, cells(of_tap.epochs, *window)) for window in windows(of_tap.epochs, windows_per_decade)]
            within = [(window, weight) for window, weight in within if np.count_nonzero(weight) > 1]
            if not within:
                continue
            mean, standard_error = dissimilarity(
                of_tap,
                np.array([weight for _, weight in within]),
                estimator=estimator,
                batches=batches,
                memory=memory,
                device=device,
            )
            table.append(
                {
                    "tap": repeated(tap, len(within), names),
                    "window_start": [10**start if 10**start > EPOCH_ZERO else 0.0 for (start, _), _ in within],
                    "window_end": [10**end for (_, end), _ in within],
                    "dissimilarity": mean,
                    "standard_error": nullable(standard_error),
                }
            )
