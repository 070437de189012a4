"""Entries of a run's epoch×epoch maps again, from the Gram rows of some epochs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rote import tables
from rote.review.agreement import Agreement, compared
from rote.review.recomputation import Recomputation
from rote.similarity.compare import compare_epochs
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.representations import GRAM_ROWS


def review_epochs(
    *,
    rows: Path,
    epoch_cka: Path,
    table: str,
    epochs: int,
    how: Mapping[str, Any],
    tolerance: float,
    recomputation: Recomputation,
) -> Agreement:
    """Compare every two of some epochs again, drawn at random, at every tap.

    Parameters
    ----------
    rows, epoch_cka : Path
        GRAM_ROWS and EPOCH_CKA tables.
    table : str
        What to call the latter.
    epochs : int
        How many.
    how : mapping
        `estimator`, `batches` and `memory`, see `rote.similarity.compare.compare_epochs`.
    tolerance : float
        Of the CKA and its standard error.
    recomputation : Recomputation

    Returns
    -------
    Agreement

    Raises
    ------
    ConfigError, DataError, TableError
        As `rote.similarity.compare.compare_epochs`; also if a file of Gram rows is not what was written.
    """
    whole = tables.read(rows, GRAM_ROWS)
    own = whole.filter(pc.equal(whole["reference"].cast(pa.string()), "own"))
    chosen = np.sort(recomputation.draws.permutation(len(own))[:epochs])
    own = own.take(chosen).sort_by("epoch")
    paths = [(rows.parent / file).absolute() for file in own["file"].to_pylist()]
    folder = recomputation.folder
    few, again = folder / "gram_rows.parquet", folder / "epoch_cka.parquet"
    columns = {name: own[name] for name in own.column_names} | {"file": [str(path) for path in paths]}
    tables.write(few, GRAM_ROWS, columns, {})
    compare_epochs(few, again, **how, job=recomputation.job)

    recorded = tables.read(epoch_cka, EPOCH_CKA)
    known_epochs = pa.array(own["epoch"].to_pylist(), pa.int32())
    both = pc.and_(*(pc.is_in(recorded[name], known_epochs) for name in ("epoch", "other_epoch")))
    part = f"entries of epochs {', '.join(map(str, own['epoch'].to_pylist()))}"
    return compared("similarity", table, part, recorded.filter(both), tables.read(again, EPOCH_CKA), tolerance)
