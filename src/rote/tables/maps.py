"""Epoch×epoch maps no finer than a picture can show them: a run of 4,000 epochs has 8 million pairs at every tap."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from rote.tables import dynamics
from rote.tables.frames import gather
from rote.tables.training import EPOCH_ZERO

MOST_EPOCHS = 400  # along one side of a map; more cannot be told apart


def gather_maps(epoch_cka: str | Path, most: int = MOST_EPOCHS) -> pd.DataFrame:
    """Read the maps of all taps of a run, thinned evenly in log-epoch where there are many epochs.

    Parameters
    ----------
    epoch_cka : str or Path
        EPOCH_CKA table of a run.
    most : int
        Epochs to keep, about as many where the run has more.

    Returns
    -------
    pandas.DataFrame
        Columns ``tap``, ``epoch``, ``other_epoch`` and ``cka``, of pairs of kept epochs; ``estimator`` and ``batches``
        from the provenance.

    Raises
    ------
    TableError
        See `gather`.
    """
    epoch, other_epoch = pc.field("epoch"), pc.field("other_epoch")
    with_itself = gather(epoch_cka, dynamics.EPOCH_CKA, columns=["epoch", "other_epoch"], where=epoch == other_epoch)
    epochs = np.unique(with_itself["epoch"])
    kept = thinned(epochs, most).tolist()
    return gather(
        epoch_cka,
        dynamics.EPOCH_CKA,
        also=["estimator", "batches"],
        columns=["tap", "epoch", "other_epoch", "cka"],
        where=epoch.isin(kept) & other_epoch.isin(kept) if len(kept) < len(epochs) else None,
    )


def thinned(epochs: NDArray[np.int_], most: int) -> NDArray[np.int_]:
    """Those of ascending epochs nearest to `most` places evenly spread in log-epoch; all if there are no more."""
    if len(epochs) <= most:
        return epochs
    wanted = np.geomspace(EPOCH_ZERO, epochs[-1], most)
    return np.unique(epochs[np.abs(epochs[:, None] - wanted).argmin(0)])
