"""Trials as shards hold them, each counted once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.tables.memorization import TRIALS, unpack

Bits = NDArray[np.bool_]

BLOCK = 64  # trials read at once


def iterate_trials(shards: Sequence[Path], sizes: Mapping[str, int]) -> Iterator[tuple[NDArray[np.int64], list[Bits]]]:
    """Read trials block by block.

    Parameters
    ----------
    shards : sequence of Path
        TRIALS tables.
    sizes : mapping of str to int
        Columns of packed bits to read, and the number of examples in each.

    Yields
    ------
    trial : ndarray, shape (b,), int64
        Numbers of at most BLOCK trials.
    bits : list of ndarray, shape (b, n), bool
        One for each of `sizes`.

    Raises
    ------
    DataError
        If a trial comes twice, or there is none.
    TableError
        If a shard is missing, damaged, or of another data set.
    """
    seen: set[int] = set()
    for path in shards:
        for block in tables.iterate(path, TRIALS, ["trial", *sizes], rows=BLOCK):
            trial = block["trial"].to_numpy().astype(np.int64)
            if len(set(trial.tolist()) - seen) < len(trial):
                raise DataError(f"{path} holds a trial a second time: give every shard once, none that overlap")
            seen.update(trial.tolist())
            yield trial, [unpack(block[name], n) for name, n in sizes.items()]
    if not seen:
        raise DataError("the shards hold no trials: train some")


def read_trials(shards: Sequence[Path], sizes: Mapping[str, int]) -> list[Bits]:
    """Read all trials at once, a byte for each trial and example.

    Parameters
    ----------
    shards, sizes
        As in `iterate_trials`.

    Returns
    -------
    list of ndarray, shape (trials, n), bool
        One for each of `sizes`, in the order of the trials' numbers whatever that of the shards.

    Raises
    ------
    DataError, TableError
        As `iterate_trials`.
    """
    blocks = list(iterate_trials(shards, sizes))
    order = np.argsort(np.concatenate([trial for trial, _ in blocks]))
    return [np.concatenate(parts)[order] for parts in zip(*(bits for _, bits in blocks), strict=True)]
