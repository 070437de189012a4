"""Labels for training: as published, corrupted by a named scheme, or given by people.

The papers differ in what they call label noise, so a scheme says two things exactly: which examples are chosen
(``count``) and what label a chosen example gets (``new_label``). A chosen example counts as permuted even if its new
label happens to be the old one (Stephenson et al. 2021, appendix A.3).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from rote import tables
from rote.data import arrays, columns, text
from rote.data.images import load_true_labels, read_header, require_order
from rote.data.whole_numbers import class_numbers, one_each, whole_number, whole_numbers
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.outside import reading
from rote.tables.data import LABELS

Count = Literal["exact", "independent"]
NewLabel = Literal["any_class", "wrong_class", "shuffle"]

COLUMNS = ("example", "label")
EXPECTED = "a .npy file with a label per example, or a .npz, .csv or .parquet file with 'example' and 'label'"


@dataclass(frozen=True)
class Labels:
    """Labels of a training set in the order of its examples."""

    true_label: npt.NDArray[np.int64]
    """(N,), as published"""
    train_label: npt.NDArray[np.int64]
    """(N,), as training uses them"""
    permuted: npt.NDArray[np.bool_]
    """(N,), whether the example was chosen for corruption"""


def corrupt_labels(
    true_label: npt.NDArray[np.int64],
    n_classes: int,
    generator: np.random.Generator,
    *,
    fraction: float,
    count: Count = "exact",
    new_label: NewLabel = "any_class",
) -> Labels:
    """Corrupt labels by a named scheme.

    Parameters
    ----------
    true_label : ndarray of int64, shape (N,)
    n_classes : int
    generator : numpy.random.Generator
        From equal states, a larger fraction corrupts the same examples and more, and with ``"any_class"`` and
        ``"wrong_class"`` gives them the same new labels.
    fraction : float
        p, from 0 to 1.
    count : {"exact", "independent"}
        Choose exactly round(p N) examples, all such subsets alike, or each example with probability p.
    new_label : {"any_class", "wrong_class", "shuffle"}
        Draw uniformly over all classes (Stephenson et al. 2021), draw uniformly over the classes other than the
        true one (Nakkiran et al. 2020), or permute the labels of the chosen examples among them, all permutations
        alike.

    Returns
    -------
    Labels

    Raises
    ------
    ConfigError
        If the scheme is unknown or the fraction out of range.
    """
    if not 0 <= fraction <= 1:
        raise ConfigError(f"label corruption of the fraction {fraction}: give a number from 0 to 1.")
    n = len(true_label)
    order = generator.permutation(n)
    chance = generator.random(n)
    match count:
        case "exact":
            permuted = np.zeros(n, dtype=np.bool_)
            permuted[order[: round(fraction * n)]] = True
        case "independent":
            permuted = chance < fraction
        case _:
            raise ConfigError(f"label corruption with count {count!r}: choose 'exact' or 'independent'.")
    match new_label:
        case "any_class":
            drawn = generator.integers(n_classes, size=n)
        case "wrong_class" if n_classes > 1:
            drawn = (true_label + 1 + generator.integers(n_classes - 1, size=n)) % n_classes
        case "shuffle":
            drawn = true_label.copy()
            drawn[permuted] = generator.permutation(true_label[permuted])
        case _:
            raise ConfigError(
                f"label corruption with new_label {new_label!r} among {n_classes} classes: choose 'any_class', "
                "'wrong_class' (of at least two classes) or 'shuffle'."
            )
    return Labels(true_label, np.where(permuted, drawn, true_label), permuted)


def given(true_label: npt.NDArray[np.int64], n_classes: int, path: Path) -> Labels:
    """Labels that people gave, from a file.

    Parameters
    ----------
    true_label : ndarray of int64, shape (N,)
    n_classes : int
    path : Path
        ``.npy``: N labels in the order of the examples. ``.npz``, ``.csv`` or ``.parquet``: ``example`` and ``label``,
        every example once, in any order. Numbers may be of any type that says whole numbers, texts included; labels
        also one-hot (`rote.data.whole_numbers`).

    Returns
    -------
    Labels
        An example counts as permuted if its given label differs from the published one.

    Raises
    ------
    DataError
        If the file is missing, unreadable, incomplete or holds labels that are no class.
    """
    n = len(true_label)
    with reading(path, "labels", f"Give {EXPECTED}."):
        example, label = _columns(path, n)
        _require_each_once(example, n)
        strange = (label < 0) | (label >= n_classes)
        if strange.any():
            raise ValueError(
                f"it holds labels from {label.min()} to {label.max()}, but there are {n_classes} classes (first of "
                f"example {example[strange].min()})"
            )
    train_label = np.empty_like(true_label)
    train_label[example] = label
    return Labels(true_label, train_label, train_label != true_label)


def _columns(path: Path, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    match path.suffix.lower():
        case ".npy" | ".npz":
            fields = arrays.fields(path)
            if fields is None:
                return np.arange(n), class_numbers(arrays.read(path), n)
            found = {name: arrays.read(path, name) for name in COLUMNS if name in fields}
        case ".csv":
            rows = text.rows(path.read_bytes(), COLUMNS)
            fields = list(COLUMNS)
            numbers = [[whole_number(value, f"line {line}") for value in values] for line, values in rows]
            found = dict(zip(COLUMNS, np.array(numbers, dtype=np.int64).reshape(-1, len(COLUMNS)).T, strict=True))
        case ".parquet":
            file = pa.parquet.ParquetFile(path, page_checksum_verification=True)
            fields = file.schema_arrow.names
            found = {name: columns.numbers(name, file.read([name])[name]) for name in COLUMNS if name in fields}
        case kind:
            raise ValueError(f"files of the kind {kind!r} are not read")
    absent = [name for name in COLUMNS if name not in found]
    if absent:
        has = ", ".join(map(repr, fields)) or "nothing"
        raise ValueError(f"it lacks {' and '.join(map(repr, absent))} and has {has}")
    example = whole_numbers(one_each(found["example"], found["example"].size))
    return example, class_numbers(found["label"], len(example))


def _require_each_once(example: npt.NDArray[np.int64], n: int) -> None:
    numbers, times = np.unique(example, return_counts=True)
    wrong = np.setxor1d(numbers, np.arange(n))
    if wrong.size or len(example) != n:
        number = wrong[0] if wrong.size else numbers[times > 1][0]
        fault = "is there more than once" if not wrong.size else "is missing" if 0 <= number < n else "is none of them"
        raise ValueError(f"it does not hold a label for each of the examples 0 to {n - 1} once: {number} {fault}")


def corrupt_table(
    images: Path,
    output: Path,
    *,
    fraction: float = 0.0,
    count: Count = "exact",
    new_label: NewLabel = "any_class",
    file: Path | None = None,
    index: int = 0,
    job: Job,
) -> None:
    """Write the table of a training set's labels.

    Parameters
    ----------
    images : Path
        The training images' table, of which only the labels are read.
    output : Path
        The table to write (`rote.tables.data.LABELS`).
    fraction, count, new_label
        The scheme, as in `corrupt_labels`.
    file : Path, optional
        Labels that people gave, as in `given`, instead of a scheme.
    index : int
        Number of the draw: another number is another corruption of the same kind.
    job : Job
        Its key names the data set.

    Raises
    ------
    TableError, DataError, ConfigError
        See `rote.data.images.load_true_labels`, `corrupt_labels` and `given`; also if both a file and a fraction are
        given.
    """
    header = read_header(images)
    true_label = load_true_labels(images)
    if file is None:
        draw = job.generator("label corruption", index)
        labels = corrupt_labels(
            true_label, len(header.classes), draw, fraction=fraction, count=count, new_label=new_label
        )
    elif fraction:
        raise ConfigError(
            f"labels come from {file} or from corrupting a fraction ({fraction}), not both: leave one out."
        )
    else:
        labels = given(true_label, len(header.classes), file)
    columns = {
        "example": np.arange(len(true_label), dtype=np.int32),
        "true_label": labels.true_label.astype(np.int16),
        "train_label": labels.train_label.astype(np.int16),
        "permuted": labels.permuted,
    }
    tables.write(output, LABELS, columns, job.recorded())


def load_labels(path: str | Path, true_labels: npt.NDArray[np.integer] | None = None) -> Labels:
    """Read a table of labels.

    Parameters
    ----------
    path : str or Path
    true_labels : ndarray, shape (N,), int, optional
        Published labels of the images that these labels are for.

    Returns
    -------
    Labels
        In the order of ``example``, whatever the order of the rows.

    Raises
    ------
    TableError
        If the file is missing, damaged or of another form.
    DataError
        If its examples are not 0 to N − 1, each once, or it was made for other images.
    """
    table = tables.read(path, LABELS).sort_by("example")
    require_order(path, table)
    labels = Labels(
        np.asarray(table["true_label"], dtype=np.int64),
        np.asarray(table["train_label"], dtype=np.int64),
        np.asarray(table["permuted"], dtype=np.bool_),
    )
    if true_labels is not None and not np.array_equal(labels.true_label, true_labels):
        raise DataError(f"{path} was made for other images. Delete it and run again.")
    return labels
