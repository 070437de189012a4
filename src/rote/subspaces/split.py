"""The test set in two parts: one on which layers and epochs are chosen, one on which what was chosen is scored."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_true_labels
from rote.job import Job
from rote.tables.masc import TEST_PARTS

PARTS = ("selection", "scoring")


def selected(labels: NDArray[np.int64], share: float, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a share of each class, rounded, one example at least.

    Parameters
    ----------
    labels : ndarray, shape (n,), int64
    share : float
        Within (0, 1).
    generator : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n,), bool
    """
    chosen = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        chosen[members[: max(1, round(share * len(members)))]] = True
    return chosen


def split_test(test: Path, output: Path, *, share: float, job: Job) -> None:
    """Write which part each test image belongs to, a TEST_PARTS table.

    Parameters
    ----------
    test : Path
        Table of the test images.
    output : Path
    share : float
        Of each class, for the selection part.
    job : Job
        Its key names the data set.

    Raises
    ------
    DataError, TableError
        If the images cannot be read.
    """
    labels = load_true_labels(test)
    chosen = selected(labels, share, job.generator("selection part of the test set"))
    columns = {
        "example": np.arange(len(labels), dtype=np.int32),
        "true_label": labels.astype(np.int16),
        "part": [PARTS[0] if one else PARTS[1] for one in chosen],
    }
    tables.write(output, TEST_PARTS, columns, job.recorded(share=share))
