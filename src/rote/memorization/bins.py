"""Equal bins of training examples by class-conditional log density, and the training sets that leave one out.

Jamroz & Kurdziel, section "Class representations correlate with memorization": sorted by log density, the training
examples are split into 50 equal bins, and for each a network is trained without it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.options import check_positive
from rote.tables.bins import BINS, examples_of_bin
from rote.tables.density import EXAMPLE_DENSITIES
from rote.tables.training import SUBSET


def draw_bins(log_density: ArrayLike, n_bins: int) -> NDArray[np.int64]:
    """Assign examples to equal bins by log density.

    Parameters
    ----------
    log_density : array-like, shape (n,), float64
        Finite, in nats, in the order of the examples' numbers: of equal densities, the earlier example comes first.
    n_bins : int

    Returns
    -------
    ndarray, shape (n,), int64
        Bin of each example, from 0 for the lowest densities. The example of rank r is in bin ⌊r · n_bins / n⌋, so
        sizes differ by at most one.

    Raises
    ------
    ConfigError
        If `n_bins` is not a whole number from 1 to n.
    DataError
        If a log density is not finite.
    """
    density = np.asarray(log_density, np.float64)
    check_positive(n_bins=n_bins)
    if density.ndim != 1 or not np.isfinite(density).all():
        raise DataError("bins need one finite log density per example: look for an example that no class model fits.")
    if n_bins > len(density):
        raise ConfigError(f"{len(density)} examples do not fill {n_bins} bins. Lower n_bins.")
    bins = np.empty(len(density), np.int64)
    bins[np.argsort(density, kind="stable")] = np.arange(len(density)) * n_bins // len(density)
    return bins


def write_bins(*, example_densities: Path, output: Path, n_bins: int, job: Job) -> None:
    """Write which bin every example is in.

    Parameters
    ----------
    example_densities : Path
        EXAMPLE_DENSITIES table, in any order.
    output : Path
        BINS table to write, in the order of ``example``.
    n_bins : int
    job : Job

    Raises
    ------
    ConfigError, DataError, TableError
        As `draw_bins`; also if the table cannot be read or holds an example twice.
    """
    table = tables.read(example_densities, EXAMPLE_DENSITIES).sort_by("example")
    if len(np.unique(table["example"])) < len(table):
        raise DataError(f"{example_densities} holds an example twice. Delete it and run again.")
    columns = {name: table[name] for name in table.column_names}
    columns["bin"] = draw_bins(table["log_density"], n_bins)
    tables.write(output, BINS, columns, job.recorded(n_bins=n_bins))


def write_held_out_subset(*, bins: Path, bin_number: int, n_examples: int, output: Path, job: Job) -> None:
    """Write the training set that leaves one bin out.

    Parameters
    ----------
    bins : Path
        BINS table.
    bin_number : int
        The bin to leave out.
    n_examples : int
        Size of the training split, which the bins must be of. Examples in no bin, whose class has no density model, are
        trained on without any bin.
    output : Path
        SUBSET table to write: all other examples in ascending order, each of weight 1.
    job : Job

    Raises
    ------
    DataError, TableError
        If the table cannot be read, has no such bin, or has an example twice or one that is not among 0 to
        n_examples − 1, or if no example would be left.
    """
    held_out = examples_of_bin(bins, bin_number)
    binned = tables.read(bins, BINS, ["example"])["example"].to_numpy()
    if len(np.unique(binned)) < len(binned) or not np.isin(binned, np.arange(n_examples)).all():
        raise DataError(
            f"{bins} has examples twice, or others than the {n_examples} of the training set. Delete it and run again."
        )
    kept = np.setdiff1d(np.arange(n_examples), held_out)
    if not len(kept):
        raise DataError(f"without bin {bin_number} of {bins} no example is left to train on: use two bins or more.")
    columns = {"example": kept, "weight": np.ones(len(kept), np.float32)}
    tables.write(output, SUBSET, columns, job.recorded(held_out_bin=bin_number))
