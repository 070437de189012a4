"""Tables of density bins: training examples by their log density, and what networks without a bin make of it.

Bins are numbered from 0 by rising log density. Their number, and the run and tap whose densities they are of, stand
in the provenance.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.tables import Column, Schema
from rote.tables.density import CLASS, EXAMPLE
from rote.tables.training import SUBSET

BIN = Column("bin", pa.int32(), "number of the bin, from 0 by rising log density")

BINS = Schema(
    "bins",
    (EXAMPLE, CLASS, Column("log_density", pa.float64(), "class-conditional log density of the example", "nat"), BIN),
)

HELD_OUT = Schema(
    "held_out",
    (
        EXAMPLE,
        BIN,
        Column("train_label", pa.int16(), "class that training uses"),
        Column("predicted_class", pa.int16(), "class that the network trained without the bin predicts"),
    ),
)

BIN_SUMMARY = Schema(
    "bin_summary",
    (
        BIN,
        Column("n_examples", pa.int32(), "number of the bin's examples"),
        Column("mean_log_density", pa.float64(), "mean log density of the bin's examples", "nat"),
        Column("log_density_deviation", pa.float64(), "standard deviation of the log densities over examples", "nat"),
        Column(
            "mean_log_density_error",
            pa.float64(),
            "standard error of the mean log density over examples; null for one example",
            "nat",
            nullable=True,
        ),
        Column(
            "mean_score", pa.float64(), "mean memorization score of the scored examples; null for none", nullable=True
        ),
        Column(
            "score_deviation",
            pa.float64(),
            "standard deviation of the scores over examples; null for none",
            nullable=True,
        ),
        Column(
            "mean_score_error",
            pa.float64(),
            "standard error of the mean score over examples; null for fewer than two",
            nullable=True,
        ),
        Column("n_unscored", pa.int32(), "number of the bin's examples without a memorization score"),
        Column("low_density_share", pa.float64(), "share of the bin's examples that are of a low-density class"),
        Column("high_density_share", pa.float64(), "share of the bin's examples that are of a high-density class"),
        Column("f_score", pa.float64(), "F-score on the bin of the network trained without it"),
        Column("f_score_error", pa.float64(), "bootstrap standard error of the F-score over the bin's examples"),
        Column("accuracy", pa.float64(), "share of the bin's examples that this network classifies as labelled"),
        Column("accuracy_low", pa.float64(), "lower end of the accuracy's 95 % Clopper-Pearson interval"),
        Column("accuracy_high", pa.float64(), "upper end of that interval"),
    ),
)

CERTIFIED_BINS = Schema(
    "certified_bins",
    (
        BIN,
        Column("n_examples", pa.int32(), "number of the bin's examples that are certified"),
        Column("mean_radius", pa.float64(), "mean radius of certain predictions; null for none", "noise_units", True),
        Column(
            "radius_deviation", pa.float64(), "standard deviation of these radii; null for none", "noise_units", True
        ),
        Column(
            "mean_radius_error",
            pa.float64(),
            "standard error of the mean radius over examples; null for fewer than two",
            "noise_units",
            True,
        ),
        Column("classification_rate", pa.float64(), "share of the examples with a certain prediction, right or wrong"),
        Column("classification_rate_low", pa.float64(), "lower end of its 95 % Clopper-Pearson interval"),
        Column("classification_rate_high", pa.float64(), "upper end of that interval"),
        Column("f_score", pa.float64(), "F-score of the certain predictions; to abstain is to miss the class"),
        Column("f_score_error", pa.float64(), "bootstrap standard error of the F-score over the bin's examples"),
    ),
)

CERTIFIED_ACCURACY = Schema(
    "certified_accuracy",
    (
        Column("bin", pa.int32(), "number of the bin; null for all bins together", nullable=True),
        Column("radius", pa.float64(), "radius asked for", "noise_units"),
        Column("accuracy", pa.float64(), "share of the examples whose right class is certain up to this radius"),
        Column("accuracy_low", pa.float64(), "lower end of its 95 % Clopper-Pearson interval over examples"),
        Column("accuracy_high", pa.float64(), "upper end of that interval"),
    ),
)


def unseen_examples(path: str | Path, bin_number: int, subset: str | Path) -> NDArray[np.int64]:
    """Examples of a bin that a network was trained without.

    Parameters
    ----------
    path : str or Path
        BINS table.
    bin_number : int
    subset : str or Path
        SUBSET table that the network was trained on.

    Returns
    -------
    ndarray, shape (b,), int64
        As `examples_of_bin`.

    Raises
    ------
    TableError, DataError
        As `examples_of_bin`; also if the network has seen one of them.
    """
    examples = examples_of_bin(path, bin_number)
    seen = np.intersect1d(examples, tables.read(subset, SUBSET, ["example"])["example"])
    if len(seen):
        raise DataError(
            f"{subset} holds {len(seen)} of the {len(examples)} examples of bin {bin_number}, the first of them "
            f"{seen[0]}: the network was not trained without the bin. Give the one that was."
        )
    return examples


def examples_of_bin(path: str | Path, bin_number: int) -> NDArray[np.int64]:
    """Examples of one bin.

    Parameters
    ----------
    path : str or Path
        BINS table.
    bin_number : int

    Returns
    -------
    ndarray, shape (b,), int64
        Their numbers in ascending order, whatever the order of the rows.

    Raises
    ------
    TableError
        If the file is missing, damaged or another table.
    DataError
        If there is no such bin.
    """
    table = tables.read(path, BINS, ["example", "bin"])
    bins = table["bin"].to_numpy()
    examples: NDArray[np.int64] = np.sort(table["example"].to_numpy()[bins == bin_number]).astype(np.int64)
    if not len(examples):
        last = bins.max(initial=-1)
        raise DataError(f"{path} has no bin {bin_number}: its bins are 0 to {last}. Ask for one of these.")
    return examples
