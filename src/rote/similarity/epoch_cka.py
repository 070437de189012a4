"""CKA of every two epochs of a run, as products of Gram rows.

The map of one tap and batch is UUᵀ, where U stacks the epochs' unit vectors. It is computed in tiles of whole map rows,
each summed over blocks of columns of U, so that every stored row is read once per tile and, where the memory is enough
for the map itself, once in all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote.errors import ConfigError
from rote.options import check_choice
from rote.representations.gram import add_inner_products
from rote.similarity.averaging import BATCHES, Batches, combine, scales
from rote.similarity.cka import ESTIMATORS, Estimator
from rote.similarity.rows import GramRows

COLUMNS = 256  # multiplied in float32 at a time: within 1e-7; longer sums are accumulated in float64
GIGABYTE = 1 << 30
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Tile:
    """Rows `start` … of the upper triangle of a map: `cka` and `standard_error`, float64 (R, E − start)."""

    start: int
    cka: NDArray[np.float64]
    standard_error: NDArray[np.float64]


@dataclass(frozen=True)
class EpochCKA:
    """A whole map: `epochs` int64 (E,), `cka` and `standard_error` float64 (E, E), symmetric."""

    epochs: NDArray[np.int64]
    cka: NDArray[np.float64]
    standard_error: NDArray[np.float64]


def epoch_cka(
    rows: GramRows,
    *,
    estimator: Estimator = "biased",
    batches: Batches = "mean_of_cka",
    memory: int = GIGABYTE,
    device: torch.device = CPU,
) -> EpochCKA:
    """CKA of a tap's representations at every two epochs.

    Parameters
    ----------
    rows : GramRows
        Of the E epochs.
    estimator : {"biased", "unbiased"}
    batches : {"mean_of_cka", "ratio_of_means"}
        See `rote.similarity.averaging`.
    memory : int
        Bytes that the computation may use beside the two maps that it returns.
    device : torch.device

    Returns
    -------
    EpochCKA
        Within 1e-6 of float64 formulas. The diagonal is exactly 1, its standard error 0; biased values lie in [0, 1].
        Standard errors are NaN for one batch.

    Raises
    ------
    ConfigError
        If there is no such estimator or averaging, or the memory does not hold a row of the map.
    """
    cka, standard_error = np.empty((2, len(rows), len(rows)))
    for tile in tiles(rows, estimator=estimator, batches=batches, memory=memory, device=device):
        of_tile = slice(tile.start, tile.start + len(tile.cka))
        cka[of_tile, tile.start :] = tile.cka
        standard_error[of_tile, tile.start :] = tile.standard_error
    for whole in (cka, standard_error):
        for i in range(len(rows)):
            whole[i:, i] = whole[i, i:]
    return EpochCKA(rows.epochs, cka, standard_error)


def tiles(
    rows: GramRows,
    *,
    estimator: Estimator,
    batches: Batches,
    memory: int,
    device: torch.device = CPU,
    stop: int | None = None,
) -> Iterator[Tile]:
    """The map of `epoch_cka` in tiles of whole rows, from the top; parameters and errors as there.

    Parameters
    ----------
    stop : int, optional
        Compute only the map's rows before this one.

    Yields
    ------
    Tile
        Entries left of the diagonal are to be ignored.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    check_choice("batches", batches, BATCHES)
    stop = len(rows) if stop is None else stop
    scale = scales(rows.norms_for(estimator), batches).to(device)
    of_a_row = 8 * max(len(rows), 1) * (rows.n_batches + 10)  # the products, what `combine` makes of them, the tile
    height = min(memory // 2 // of_a_row, stop)
    if height < 1 <= stop:
        raise ConfigError(f"memory for CKA must be at least {2 * of_a_row} bytes for {len(rows)} epochs, not {memory}.")
    for tile in range(0, stop, max(height, 1)):
        below = rows[tile:]
        height = min(height, stop - tile)
        products = torch.zeros(rows.n_batches, height, len(below), dtype=torch.float64, device=device)
        for batch, product in enumerate(products):
            for block in blocks(below, batch, estimator, memory // 2, device):
                for columns in torch.split(block, COLUMNS, dim=1):
                    add_inner_products(product, columns)
        left, right = scale[:, tile : tile + height], scale[:, tile:]
        cka, standard_error = combine(products, left, right)
        cka.diagonal().fill_(1)
        if rows.n_batches > 1:
            standard_error.diagonal().fill_(0)
        if estimator == "biased":
            cka.clamp_(0, 1)
        yield Tile(tile, cka.cpu().numpy(), standard_error.cpu().numpy())


def blocks(rows: GramRows, batch: int, estimator: Estimator, memory: int, device: torch.device) -> Iterator[Tensor]:
    """Blocks of columns, float32 (E, columns), of the unit vectors of one batch, within `memory` bytes."""
    width = memory // (2 * 4 * (len(rows) + 16))  # 2: one in use while the next is read; 16: reading a row
    width = max(width - width % COLUMNS, min(width, COLUMNS), 1)  # so that the memory moves no float32 sum
    for start in range(0, rows.length, width):
        yield rows.block(batch, slice(start, start + width), estimator).to(device)
