"""Tables of a training run: the examples it sees, its history and its checkpoints."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from rote.errors import TableError
from rote.tables import Column, Schema

if TYPE_CHECKING:
    import pandas as pd

SUBSET = Schema(
    "subset",
    (
        Column("example", pa.int32(), "number of a training example that the run sees"),
        Column("weight", pa.float32(), "factor of the example's loss in training; 1 for an ordinary one"),
    ),
)

EPOCH_ZERO = 0.5  # where the untrained network stands on a logarithmic axis of epochs

HISTORY = Schema(
    "history",
    (
        Column("epoch", pa.int32(), "epochs trained; 0 is the untrained network", "epoch"),
        Column(
            "subset",
            pa.string(),
            "train (as labelled), unpermuted and permuted (its parts, as labelled), restored (the permuted part by "
            "its true labels) or test; a part without examples has no row",
        ),
        Column("examples", pa.int32(), "number of examples"),
        Column("loss", pa.float64(), "mean cross-entropy, evaluation mode, not augmented", "nat"),
        Column("error", pa.float64(), "fraction of examples classified wrongly"),
        Column("standard_error", pa.float64(), "binomial standard error of the error, √(e(1−e)/n)"),
    ),
)

NETWORK = "network"  # in the provenance of CHECKPOINTS

# Its provenance holds, under NETWORK, all else that opens a network: `rote.training.blueprint.Blueprint`.
CHECKPOINTS = Schema(
    "checkpoints",
    (
        Column("epoch", pa.int32(), "epochs trained; 0 is the untrained network", "epoch"),
        Column("file", pa.string(), "safetensors file of parameters and buffers, relative to this table's folder"),
        Column("bytes", pa.int64(), "size of the file", "byte"),
        Column("checksum", pa.string(), "SHA-256 of the file, hexadecimal"),
    ),
)


def perfect_fitting_epoch(history: "pa.Table | pd.DataFrame") -> int | None:
    """First evaluated epoch at which every training example is classified as labelled.

    Parameters
    ----------
    history : pyarrow.Table or pandas.DataFrame
        A HISTORY table, or its columns ``epoch``, ``subset`` and ``error``.

    Returns
    -------
    int or None
        None if the error on the training set as labelled is never exactly 0.
    """
    epoch, subset, error = (np.asarray(history[name]) for name in ("epoch", "subset", "error"))
    perfect = epoch[(subset == "train") & (error == 0)]
    return int(perfect.min()) if len(perfect) else None


def best_epoch(history: "pa.Table | pd.DataFrame") -> int:
    """Earliest evaluated epoch of the lowest error on the test set.

    It is selected on the test set, so the error there is optimistic: no estimate of that on new examples.

    Parameters
    ----------
    history : pyarrow.Table or pandas.DataFrame
        A HISTORY table, or its columns ``epoch``, ``subset`` and ``error``.

    Returns
    -------
    int

    Raises
    ------
    TableError
        If the history says nothing of the test set.
    """
    epoch, subset, error = (np.asarray(history[name]) for name in ("epoch", "subset", "error"))
    epoch, error = epoch[subset == "test"], error[subset == "test"]
    if len(epoch) == 0:
        raise TableError("the history has no row of the test set, so no epoch is the best. Train the run again.")
    return int(epoch[error == error.min()].min())
