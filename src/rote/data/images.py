"""Images of one split as everything after the conversion reads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rote import tables
from rote.errors import DataError
from rote.tables.data import images as images_schema


@dataclass(frozen=True)
class Header:
    """What a table of images says of itself."""

    name: str
    """Name of the data set."""
    split: str
    """``"train"`` or ``"test"``."""
    shape: tuple[int, int, int]
    """Height, width, channels (H, W, C)."""
    classes: tuple[str, ...]
    """Class names; a label is an index into them."""
    mean: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]; subtracted by normalisation."""
    std: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]; divided by in normalisation."""
    licence: str
    """Under which terms the data are published."""


@dataclass(frozen=True)
class ImageSet:
    """One split of a data set in memory."""

    images: npt.NDArray[np.uint8]
    """(N, H, W, C)"""
    labels: npt.NDArray[np.int64]
    """(N,), as published"""
    classes: tuple[str, ...]
    """Class names; a label is an index into them."""
    mean: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]; subtracted by normalisation."""
    std: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]; divided by in normalisation."""
    name: str
    """Name of the data set."""
    split: str
    """``"train"`` or ``"test"``."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels (H, W, C)."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


def read_header(path: str | Path) -> Header:
    """Name, shape, classes and normalisation of a table of images, without reading an image.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Header

    Raises
    ------
    TableError
        If the file is missing or damaged.
    DataError
        If it is not a table of images.
    """
    described = tables.provenance(path).get("dataset")
    if described is None:
        raise DataError(f"{path} is not a table of images: give a data set's train or test table.")
    fields: dict[str, Any] = {key: _tuple(value) for key, value in described.items()}
    return Header(**fields)


def load_images(path: str | Path) -> ImageSet:
    """Read one split's images and labels.

    Parameters
    ----------
    path : str or Path
        A table that `rote.data.convert` wrote.

    Returns
    -------
    ImageSet
        Images uint8 (N, H, W, C) in the order of ``example``, labels int64 (N,).

    Raises
    ------
    TableError, DataError
        See `read_header`.
    """
    header = read_header(path)
    schema = images_schema(header.shape)
    labels = load_true_labels(path)
    images = np.empty((len(labels), *header.shape), dtype=np.uint8)
    size = images[:1].size
    start = 0
    for batch in tables.iterate(path, schema, ["image"], rows=4096):
        column = batch.column("image")
        block = np.frombuffer(column.buffers()[1], np.uint8, len(column) * size, column.offset * size)
        images[start : start + len(column)] = block.reshape(-1, *header.shape)
        start += len(column)
    return ImageSet(images, labels, header.classes, header.mean, header.std, header.name, header.split)


def load_true_labels(path: str | Path) -> npt.NDArray[np.int64]:
    """Read only the published labels of a table of images: int64 (N,) in the order of ``example``.

    Raises
    ------
    TableError, DataError
        See `read_header`; also if the examples are not 0 to N − 1 in order.
    """
    table = tables.read(path, images_schema(read_header(path).shape), ["example", "true_label"])
    require_order(path, table)
    return np.asarray(table["true_label"], dtype=np.int64)


def require_order(path: str | Path, table: pa.Table) -> None:
    """Raise DataError unless a table's ``example`` is 0 to N − 1 in order, so that rows may be joined by position."""
    if not np.array_equal(table["example"].to_numpy(), np.arange(len(table))):
        raise DataError(f"{path} does not hold the examples 0 to {len(table) - 1} in order. Delete it and run again.")


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
