"""How layers converge: CKA of every epoch with a last one, the run's own or a clean network's (paper 3, Figs 1 and 3).

A layer can be near to its last state from the start, by an estimator's bias or because it hardly moves. So the unbiased
estimator is the default of the study, chance stands in the table, and settling is also told relative to epoch 0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.options import check_choice
from rote.progress import track
from rote.similarity import rows
from rote.similarity.averaging import Batches, scales
from rote.similarity.cka import Estimator
from rote.similarity.epoch_cka import GIGABYTE, tiles
from rote.similarity.log_epoch import cells, log_epoch
from rote.similarity.rows import GramRows
from rote.tables.convergence import REFERENCE_CKA, SETTLING
from rote.tables.dynamics import nullable, repeated

OWN, CLEAN = "own", "clean"


class WithReference(NamedTuple):
    """CKA of networks with one reference, float64 (E,) each."""

    cka: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    """NaN where there is one batch"""
    chance: NDArray[np.float64]


class Outputs(NamedTuple):
    """Tables to write."""

    cka: Path
    settling: Path


def cka_with(
    of_tap: GramRows,
    reference: GramRows,
    *,
    estimator: Estimator,
    batches: Batches,
    memory: int = GIGABYTE,
    device: torch.device | None = None,
) -> WithReference:
    """CKA of networks with a reference, which may be of another run, on the same images.

    Parameters
    ----------
    of_tap : GramRows
        Of E networks.
    reference : GramRows
        Of one network.
    estimator, batches : str
        See `rote.similarity.epoch_cka`.
    memory : int
        Bytes that the computation may use.
    device : torch.device, optional
        The CPU by default.

    Returns
    -------
    WithReference

    Raises
    ------
    DataError
        If the two are of other numbers of images or batches.
    """
    if (of_tap.n, of_tap.n_batches) != (reference.n, reference.n_batches):
        raise DataError(
            f"Gram rows of {of_tap.n_batches} batches of {of_tap.n} images cannot be compared with those of "
            f"{reference.n_batches} of {reference.n}: give two runs of one set of representations."
        )
    both = reference + of_tap
    where = device or torch.device("cpu")
    (tile,) = tiles(both, estimator=estimator, batches=batches, memory=memory, device=where, stop=1)
    standard_error = tile.standard_error[0, 1:]
    chance = np.zeros(len(of_tap)) if estimator == "unbiased" else _biased_chance(both, batches)
    return WithReference(tile.cka[0, 1:], standard_error, chance)


def _biased_chance(both: GramRows, batches: Batches) -> NDArray[np.float64]:
    """Mean CKA of the first network with each other over all permutations, see `rote.similarity.chance`."""
    scale = scales(both.norms_for("biased"), batches).numpy()
    diagonals = [both.block(batch, slice(0, both.n), "biased") for batch in range(both.n_batches)]
    traces = np.stack([diagonal.double().sum(1).numpy() for diagonal in diagonals]) * scale
    chance: NDArray[np.float64] = (traces[:, :1] * traces[:, 1:]).sum(0) / (both.n - 1)
    return chance


def settled_epoch(epochs: NDArray[np.int64], cka: NDArray[np.float64], level: float) -> int | None:
    """First epoch from which on a similarity stays at or above a level.

    Parameters
    ----------
    epochs : ndarray, shape (E,), int64
        Ascending.
    cka : ndarray, shape (E,), float64
    level : float

    Returns
    -------
    int or None
        None where the last value lies below it.
    """
    below = np.flatnonzero(~(cka >= level))
    first = int(below[-1]) + 1 if len(below) else 0
    return int(epochs[first]) if first < len(epochs) else None


def compare_with_references(
    manifest: Path,
    clean: Path | None,
    outputs: Outputs,
    *,
    estimator: Estimator,
    batches: Batches,
    level: float,
    job: Job,
) -> None:
    """Compare every epoch of a run with its last one and with a clean network's; write REFERENCE_CKA and SETTLING.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table of the run.
    clean : Path, optional
        That of the clean network, of the same set of representations; none for the clean network itself.
    outputs : Outputs
    estimator, batches : str
        See `rote.similarity.epoch_cka`.
    level : float
        CKA from which on a layer counts as settled.
    job : Job

    Raises
    ------
    DataError, TableError
        See `rote.similarity.rows.load`; or if the two runs' rows are not of the same images or taps.
    """
    names, device = rows.taps(manifest), job.device
    last = int(rows.epochs(manifest)[-1])
    recorded = job.recorded(estimator=estimator, batches=batches, level=level)
    with (
        tables.writing(outputs.cka, REFERENCE_CKA, recorded) as similar,
        tables.writing(outputs.settling, SETTLING, recorded) as settling,
    ):
        for tap in track(names, "CKA with last epochs", unit="tap"):
            of_tap = rows.load(manifest, tap, estimator=estimator)
            for name, reference in _references(of_tap, tap, last, clean, estimator).items():
                found = cka_with(of_tap, reference, estimator=estimator, batches=batches, device=device)
                if name == OWN:
                    found.cka[-1], found.standard_error[-1] = 1.0, 0.0  # the reference itself, without rounding
                    settling.append(_settling(tap, names, of_tap.epochs, found.cka, level))
                similar.append(
                    {
                        "tap": repeated(tap, len(of_tap), names),
                        "epoch": of_tap.epochs.astype(np.int32),
                        "reference": repeated(name, len(of_tap), (OWN, CLEAN)),
                        "cka": found.cka,
                        "standard_error": nullable(found.standard_error),
                        "chance": found.chance,
                    }
                )


def _references(
    of_tap: GramRows, tap: str, last: int, clean: Path | None, estimator: Estimator
) -> Mapping[str, GramRows]:
    """Last states of the tap, those that have a CKA, by name."""
    found = {}
    if len(of_tap) and of_tap.epochs[-1] == last:
        found[OWN] = of_tap[-1:]
    if clean is not None:
        check_choice("tap", tap, rows.taps(clean))
        of_clean = rows.load(clean, tap, estimator=estimator)
        if len(of_clean) and of_clean.epochs[-1] == rows.epochs(clean)[-1]:
            found[CLEAN] = of_clean[-1:]
    return found


def _settling(
    tap: str, names: tuple[str, ...], epochs: NDArray[np.int64], cka: NDArray[np.float64], level: float
) -> dict[str, object]:
    """A row of a SETTLING table."""
    relative = None
    if epochs[0] == 0 and cka[0] < 1:
        relative = settled_epoch(epochs, (cka - cka[0]) / (1 - cka[0]), level)
    places = log_epoch(epochs)
    weights = cells(epochs, places[0], places[-1]) if len(epochs) > 1 else np.ones(1)
    return {
        "tap": repeated(tap, 1, names),
        "settled_epoch": pa.array([settled_epoch(epochs, cka, level)], pa.int32()),
        "relative_settled_epoch": pa.array([relative], pa.int32()),
        "first_cka": cka[:1],
        "area": [float(np.average(1 - cka, weights=weights))],
    }
