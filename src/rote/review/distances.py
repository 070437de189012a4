"""Distances between trainings of one run: of their error curves, their maps and their representations.

In how many dimensions trainings vary independently was measured on the demo (docs/review.md); a third of it is assumed
here, and less where there are few epochs.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd

from rote import tables
from rote.review.excess import Distances, squared_distances
from rote.similarity import rows
from rote.similarity.cka import Estimator
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.training import HISTORY

CKA_ROUNDING = 1e-5  # of a CKA from float32 rows
MOST_OF_HISTORY, MOST_OF_MAP, MOST_OF_ROWS = 6, 8, 16  # dimensions


def of_histories(histories: Sequence[Path]) -> Distances:
    """Squared distances of error curves.

    Errors e of n images become 2√n · arcsin √e, whose binomial variance is 1. A training that stopped early stays as it
    was.

    Parameters
    ----------
    histories : sequence of Path
        HISTORY tables of T trainings.

    Returns
    -------
    Distances

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    curves = []
    for path in histories:
        table = tables.read(path, HISTORY).to_pandas()
        table["size"] = 2 * np.sqrt(table["examples"]) * np.arcsin(np.sqrt(table["error"]))
        curves.append(table.pivot(index="epoch", columns="subset", values="size"))
    epochs = reduce(pd.Index.union, (curve.index for curve in curves))
    subsets = reduce(pd.Index.intersection, (curve.columns for curve in curves))
    whole = np.stack([curve[subsets].reindex(epochs).ffill().bfill().to_numpy(np.float64).ravel() for curve in curves])
    return Distances(squared_distances(whole), 1.0, _some(MOST_OF_HISTORY, len(epochs) // 5))


def of_maps(maps: Sequence[Path]) -> Distances:
    """Squared distances of the CKAs that all maps have.

    Parameters
    ----------
    maps : sequence of Path
        EPOCH_CKA tables of T trainings.

    Returns
    -------
    Distances

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    entries = [
        tables.read(path, EPOCH_CKA).to_pandas().set_index(["tap", "epoch", "other_epoch"])["cka"].dropna()
        for path in maps
    ]
    table = pd.concat(entries, axis=1, join="inner")
    values = table.to_numpy(np.float64).T
    resolution, n_epochs = values.shape[1] * CKA_ROUNDING**2, table.index.get_level_values("epoch").nunique()
    return Distances(squared_distances(values), resolution, _some(MOST_OF_MAP, n_epochs // 2))


def of_rows(manifests: Sequence[Path], estimator: Estimator) -> Distances:
    """Squared distances of representations at equal epochs: 2(1 − CKA), summed over taps, epochs and batches.

    Parameters
    ----------
    manifests : sequence of Path
        GRAM_ROWS tables of T trainings, of equal taps.
    estimator : {"biased", "unbiased"}

    Returns
    -------
    Distances

    Raises
    ------
    ConfigError, DataError, TableError
        As `rote.similarity.rows.load`.
    """
    squared, number = np.zeros((len(manifests), len(manifests))), 0
    met: set[int] = set()
    for tap in rows.taps(manifests[0]):
        opened = [rows.load(manifest, tap, estimator=estimator) for manifest in manifests]
        for epoch in reduce(np.intersect1d, (of_tap.epochs for of_tap in opened)):
            met.add(int(epoch))
            of_epoch = [of_tap[np.flatnonzero(of_tap.epochs == epoch)] for of_tap in opened]
            together = reduce(add, of_epoch)
            for batch in range(together.n_batches):
                vectors = together.block(batch, slice(None), estimator)
                squared += 2 * (1 - (vectors @ vectors.T).double().clamp(max=1).numpy())
                number += 1
    np.fill_diagonal(squared, 0)
    return Distances(squared, number * CKA_ROUNDING, _some(MOST_OF_ROWS, len(met)))


def _some(most: int, number: int) -> int:
    return max(1, min(most, number))
