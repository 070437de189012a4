"""NumPy's files without pickles: an array, or an archive of arrays by name."""

import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rote.outside import reading

SUFFIX = ".npy"
REMEDY = "Save plain numbers with numpy.save or numpy.savez. Pickled objects are refused: they can run code."


def fields(path: Path) -> list[str] | None:
    """Names of the arrays in an archive, told by its first bytes; None of a file that should be a single array.

    Raises
    ------
    DataError
        If the file is missing or a damaged archive.
    """
    with reading(path, "a NumPy file", REMEDY):
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return None
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(SUFFIX) for name in archive.namelist() if name.endswith(SUFFIX)]


def read(path: Path, field: str | None = None) -> NDArray[Any]:
    """Read one array.

    Parameters
    ----------
    path : Path
    field : str, optional
        Name of the array in an archive.

    Returns
    -------
    ndarray
        Of any shape and type but objects.

    Raises
    ------
    DataError
        If the file or the field is missing, damaged, of another kind, or holds pickled objects.
    """
    with reading(path if field is None else f"field {field!r} in {path}", "a NumPy array", REMEDY):
        if field is None:
            with path.open("rb") as file:
                return _array(file)
        with zipfile.ZipFile(path) as archive:
            return _array(BytesIO(archive.read(field + SUFFIX)))  # read whole, so that its checksum is compared


def _array(file: Any) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    if array.dtype.kind == "U" and array.size:
        letters = np.ascontiguousarray(array).view(f"{array.dtype.byteorder}u4")
        if letters.max() > sys.maxunicode:  # NumPy would raise SystemError for whoever looks at it
            raise ValueError("a text in it is not valid Unicode")
    return array
