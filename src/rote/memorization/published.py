"""Published scores in place of trials: one number per training example, in the data set's order."""

import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.data import arrays
from rote.data.images import load_true_labels
from rote.data.whole_numbers import class_numbers, one_each
from rote.errors import DataError
from rote.files import checksum
from rote.job import Job
from rote.outside import reading
from rote.tables.memorization import SCORES

FIELDS = ("tr_mem", "memorization", "mem", "scores")  # Feldman & Zhang (2020), its copies; Jiang et al. (2021)
REMEDY = "Give a NumPy file with a score for each training example, or train trials instead."
LABEL_WORDS = {"label", "labels", "target", "targets", "class", "y"}
WORDS_BESIDE = {"tr", "train", "training", "true", "fine", "id", "ids", "index"}


@dataclass(frozen=True, eq=False)
class PublishedScores:
    """Scores read from a file.

    Attributes
    ----------
    score : ndarray, shape (n,), float64
        In the order of the training split.
    checksum : str
        SHA-256 of the file, hexadecimal.
    compared : tuple of str
        Fields with labels of the training split, all equal to those that were given. Where there are none, nothing
        tells whether the scores are in the same order.
    """

    score: NDArray[np.float64]
    checksum: str
    compared: tuple[str, ...]


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
        A NumPy file: .npy with the scores, or .npz with the scores in one of its fields; along one axis, as a row or
        as a column.
    n_examples : int
        Size of the training split.
    field : str, optional
        Field of an .npz file; by default the one of FIELDS that it has.
    expected_checksum : str, optional
        SHA-256 that the file must have, hexadecimal.
    labels : array-like of int, shape (n_examples,), optional
        Published classes of the training split. Every field of the file that can hold them (``labels``,
        ``tr_labels`` and the like; `rote.data.whole_numbers.class_numbers` says in which forms) must agree: they tell
        whether it is in the same order.

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
    with reading(path, "published scores", REMEDY):
        found = checksum(path)
    if expected_checksum is not None and found != expected_checksum.lower():
        raise DataError(f"{path} has the SHA-256 checksum {found}, not {expected_checksum}: fetch it again")
    with reading(path, "published scores", REMEDY):
        names = arrays.fields(path)
        chosen = None if names is None else _chosen_field(names, field)
        score = _as_scores(arrays.read(path, chosen), n_examples)
    others = sorted(set(names or ()) - {chosen})
    own_labels = {} if labels is None else _own_labels(path, others, n_examples)
    for name, own in own_labels.items():
        unlike = own != np.asarray(labels)
        if unlike.any():
            raise DataError(
                f"{path} holds other labels than the training split in its field {name!r} (first of example "
                f"{int(np.argmax(unlike))}): its scores are in another order. Bring them into the data set's."
            )
    return PublishedScores(score, found, tuple(own_labels))


def adopt_published_scores(
    *,
    file: Path,
    train: Path,
    output: Path,
    job: Job,
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
        SCORES table to write; its provenance has the file's name and checksum, and as ``order_checked_by`` the fields
        that show that the file is in the order of `train`. If there is none, standard error says so too.
    job : Job

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
    recorded = job.recorded(
        source="published", file=file.name, checksum=published.checksum, order_checked_by=published.compared
    )
    if not published.compared:
        print(
            f"Warning: {file} holds no labels that could be compared with the data set's: whether its scores are in "
            "the same order could not be checked",
            file=sys.stderr,
        )
    tables.write(output, SCORES, columns, recorded)


def _chosen_field(names: list[str], field: str | None) -> str:
    found = [name for name in (FIELDS if field is None else [field]) if name in names]
    if len(found) != 1:
        wanted = f"{len(found)} of the fields {', '.join(FIELDS)}" if field is None else f"no field {field!r}"
        raise ValueError(f"it has {wanted}: name the field that holds the scores ({', '.join(sorted(names))})")
    return found[0]


def _as_scores(values: NDArray[Any], n: int) -> NDArray[np.float64]:
    if values.dtype.kind not in "fiu":
        raise ValueError(f"its scores are of type {values.dtype}, which are no numbers")
    score = one_each(values, n).astype(np.float64)
    if not np.isfinite(score).all():
        raise ValueError(f"it holds {int((~np.isfinite(score)).sum())} scores that are not finite")
    if np.abs(score).max(initial=0) > 1:
        raise ValueError("it holds scores beyond [−1, 1], which are no differences of probabilities: name the field")
    return score


def _own_labels(path: Path, names: list[str], n: int) -> dict[str, NDArray[np.int64]]:
    """By field, what a file has as classes of the n training examples."""
    found = {}
    for name in filter(_named_like_labels, names):
        values = arrays.read(path, name)
        with suppress(ValueError):  # class names, or labels of another split
            found[name] = class_numbers(values, n)
    return found


def _named_like_labels(name: str) -> bool:
    """Whether a field's name says labels, and nothing that would make them others than those of training."""
    words = {word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name)}
    return bool(words & LABEL_WORDS) and words <= LABEL_WORDS | WORDS_BESIDE
