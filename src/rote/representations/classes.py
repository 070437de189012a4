"""Representations grouped by class, as density models read them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.tables.representations import as_array, schema_of


@dataclass(frozen=True, eq=False)
class ClassRepresentations:
    """Representations of labelled examples.

    Attributes
    ----------
    example : ndarray, shape (n,), int64
        Numbers of the examples within the training split, by which to join.
    label : ndarray, shape (n,), int64
    values : ndarray, shape (n, dimensions), float64
    """

    example: NDArray[np.int64]
    label: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def classes(self) -> NDArray[np.int64]:
        """Labels that occur, in ascending order."""
        return np.unique(self.label)

    def by_class(self, label: int) -> "ClassRepresentations":
        """Examples of one class, in their order.

        Raises
        ------
        DataError
            If there is none.
        """
        own = self.label == label
        if not own.any():
            raise DataError(f"no example has the label {label}: choose one of {', '.join(map(str, self.classes))}.")
        return ClassRepresentations(self.example[own], self.label[own], self.values[own])


def load(path: str | Path, label: Literal["train_label", "true_label"] = "train_label") -> ClassRepresentations:
    """Read a table of representations, as recorded or after the singular value decomposition.

    Parameters
    ----------
    path : str or Path
    label : {"train_label", "true_label"}
        Group by the labels that training used, or by the published ones.

    Returns
    -------
    ClassRepresentations

    Raises
    ------
    TableError
        If the file is missing, damaged or another table.
    """
    table = tables.read(path, schema_of(path), ["example", label, "representation"])
    values = as_array(table["representation"].combine_chunks())
    return ClassRepresentations(np.asarray(table["example"], np.int64), np.asarray(table[label], np.int64), values)
