"""Published scores in place of trials: one number per training example, in the data set's order."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.data.images import load_true_labels
from rote.errors import DataError
from rote.files import checksum
from rote.tables.memorization import SCORES

FIELDS = ("tr_mem", "memorization", "mem", "scores")  # Feldman & Zhang (2020), its copies; Jiang et al. (2021)


@dataclass(frozen=True, eq=False)
class PublishedScores:
    """Scores read from a file.

    Attributes
    ----------
    score : ndarray, shape (n,), float64
        In the order of the training split.
    checksum : str
        SHA-256 of the file, hexadecimal.
    """

    score: NDArray[np.float64]
    checksum: str


def read_published_scores(
    path: str | Path,
    n_examples: int,
    *,
    field: str | None = None,
    expected_checksum: str | None = None,
    labels: ArrayLike | None = None,
) -> PublishedScores:
    """Read memorization scores, or C-scores, that others have published.

    Parameters
    ----------
    path : str or Path
        A NumPy file: .npy with the scores, or .npz with the scores in one of its fields.
    n_examples : int
        Size of the training split.
    field : str, optional
        Field of an .npz file; by default the one of FIELDS that it has.
    expected_checksum : str, optional
        SHA-256 that the file must have, hexadecimal.
    labels : array-like of int, shape (n_examples,), optional
        Published classes of the training split. A file that has its own, in a field ``labels``, must agree: they
        tell whether it is in the same order.

    Returns
    -------
    PublishedScores

    Raises
    ------
    DataError
        If the file is missing, damaged, of another checksum, not such a file or one with pickled objects, which are
        never unpickled; if it lacks the field, or its scores are of another number, not finite, beyond [−1, 1], or in
        another order.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path} is missing: give the path of the published scores, or train trials instead")
    found = checksum(path)
    if expected_checksum is not None and found != expected_checksum.lower():
        raise DataError(f"{path} has the SHA-256 checksum {found}, not {expected_checksum}: fetch it again")
    score, own_labels = _read(path, field)
    if score.shape != (n_examples,):
        raise DataError(
            f"{path} holds scores of shape {score.shape} where {n_examples} training examples need one each"
        )
    if score.dtype.kind not in "fiu":
        raise DataError(f"{path} holds scores of type {score.dtype}, which are no numbers")
    if not np.isfinite(score).all():
        raise DataError(f"{path} holds {int((~np.isfinite(score)).sum())} scores that are not finite")
    if np.abs(score).max(initial=0) > 1:
        raise DataError(f"{path} holds scores beyond [−1, 1]: they are no differences of probabilities; name the field")
    if labels is not None and own_labels is not None and not np.array_equal(own_labels, np.asarray(labels)):
        raise DataError(f"{path} holds other labels than the training split: its scores are in another order")
    return PublishedScores(score.astype(np.float64), found)


def adopt_published_scores(
    *,
    file: Path,
    train: Path,
    output: Path,
    provenance: Mapping[str, Any],
    field: str | None = None,
    expected_checksum: str | None = None,
) -> None:
    """Write published scores in the form of estimated ones, without what was not published.

    Parameters
    ----------
    file, field, expected_checksum
        As `path`, `field` and `expected_checksum` of `read_published_scores`.
    train : Path
        Table of the training images, in whose order the file must be.
    output : Path
        SCORES table to write; its provenance has the file's name and checksum.
    provenance : mapping
        For the table.

    Raises
    ------
    DataError, TableError
        If the file or the table cannot be used.
    """
    labels = load_true_labels(train)
    published = read_published_scores(
        file, len(labels), field=field, expected_checksum=expected_checksum, labels=labels
    )
    unknown = {column.name: pa.nulls(len(labels), column.type) for column in SCORES.columns}
    columns = unknown | {"example": np.arange(len(labels)), "score": published.score}
    recorded = {**provenance, "source": "published", "file": file.name, "checksum": published.checksum}
    tables.write(output, SCORES, columns, recorded)


def _read(path: Path, field: str | None) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Scores and, where the file has them, labels; of an archive only these fields, as it may hold much more."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded, None
        with loaded:
            labels = loaded["labels"] if "labels" in loaded.files else None
            return loaded[_chosen_field(path, loaded.files, field)], labels
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read as a NumPy file of plain numbers ({error}). Pickled objects are refused: they can "
            "run code. Save the scores with numpy.save."
        ) from error


def _chosen_field(path: Path, names: list[str], field: str | None) -> str:
    found = [name for name in (FIELDS if field is None else [field]) if name in names]
    if len(found) != 1:
        wanted = f"{len(found)} of the fields {', '.join(FIELDS)}" if field is None else f"no field {field!r}"
        raise DataError(f"{path} has {wanted}. Name the field that holds the scores: {', '.join(sorted(names))}")
    return found[0]
