"""Fewer dimensions by the singular value decomposition of all examples' representations (Jamroz & Kurdziel).

X (n, d) holds the representations, not centred. Its right-singular vectors are the eigenvectors of the Gram matrix XᵀX
(d, d), its singular values the roots of the eigenvalues, so X itself is never in memory and no (n, n) factor arises.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.files import checksum
from rote.job import Job
from rote.options import check_choice, check_positive
from rote.tables.representations import REPRESENTATION_FILES, VARIANCE, as_array, as_column, representations

BLOCK = 4096  # examples in memory at a time

Floats = NDArray[np.float64]


def singular_vectors(blocks: Iterable[Floats]) -> tuple[Floats, Floats, int]:
    """Right-singular vectors of a matrix that is given in blocks of rows.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (rows, d), float64

    Returns
    -------
    values : ndarray, shape (d,), float64
        Singular values, falling.
    vectors : ndarray, shape (d, d), float64
        A singular vector per column. The entry of largest magnitude is positive, so that the sign is settled.
    rank : int
        Number of singular values that rise above rounding: the eigenvalues of the Gram matrix have an error of about
        max(n, d) ε times the largest.

    Raises
    ------
    DataError
        If there are no rows, or all are zero.
    """
    n, gram = 0, np.zeros((1, 1))
    for block in blocks:
        n, gram = n + len(block), gram + block.T @ block
    if not gram.any():
        raise DataError("the representations are all zero or there are none: nothing can be decomposed.")
    eigenvalues, vectors = np.linalg.eigh(gram)
    eigenvalues, vectors = eigenvalues[::-1].clip(min=0), vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    vectors = vectors * np.sign(vectors[largest, np.arange(len(gram))])
    rank = int((eigenvalues > max(n, len(gram)) * np.finfo(np.float64).eps * eigenvalues[0]).sum())
    return np.sqrt(eigenvalues), vectors, rank


def reduce_representations(
    manifest: Path, reduced: Path, variance: Path, *, tap: str, dimensions: int, job: Job
) -> None:
    """Project the representations of one tap onto their first right-singular vectors.

    Parameters
    ----------
    manifest : Path
        REPRESENTATION_FILES table.
    reduced : Path
        Table of `rote.tables.representations.representations` to write, example by example as recorded.
    variance : Path
        VARIANCE table to write: every singular value and the share of the sum of their squares (Fig. A.6).
    tap : str
    dimensions : int
        Number of singular vectors to keep: 16, 16, 64 and 64 for the stages in the paper. Where the numerical rank is
        smaller, so many are kept; the provenance holds both numbers, ``asked`` and ``dimensions``.
    job : Job

    Raises
    ------
    ConfigError
        If the manifest has no such tap, or `dimensions` is not a positive whole number.
    DataError
        If the representations are missing, damaged or all zero.
    """
    check_positive(dimensions=dimensions)
    path, schema = _recorded(manifest, tap)
    values, vectors, rank = singular_vectors(
        as_array(block["representation"]) for block in tables.iterate(path, schema, ["representation"], BLOCK)
    )
    kept = min(dimensions, rank)
    recorded = job.recorded(tap=tap, asked=dimensions, dimensions=kept)
    with tables.writing(reduced, representations(kept), recorded) as table:
        for block in tables.iterate(path, schema, rows=BLOCK):
            projected = as_array(block["representation"]) @ vectors[:, :kept]
            labelled = {name: block[name] for name in ("example", "true_label", "train_label")}
            table.append({**labelled, "representation": as_column(projected.astype(np.float32))})
    squares = np.square(values)
    columns = {
        "tap": [tap] * len(values),
        "singular_vector": np.arange(1, len(values) + 1),
        "singular_value": values,
        "cumulative_share": squares.cumsum() / squares.sum(),
        "retained": np.arange(len(values)) < kept,
    }
    tables.write(variance, VARIANCE, columns, recorded)


def _recorded(manifest: Path, tap: str) -> tuple[Path, tables.Schema]:
    """Path and schema of a tap's representations, after verifying that they are those that were recorded."""
    listed = tables.read(manifest, REPRESENTATION_FILES).to_pylist()
    rows = {row["tap"]: row for row in listed if row["reference"] == "own"}
    check_choice("tap", tap, rows)
    path = manifest.parent / rows[tap]["file"]
    if not path.is_file() or checksum(path) != rows[tap]["checksum"]:
        raise DataError(f"{path} is missing or damaged. Delete {manifest} and run again.")
    return path, representations(rows[tap]["dimensions"])
