"""Images and labels as arrays: a NumPy archive (.npz), a Parquet file, or a folder of Parquet files.

A NumPy archive holds ``images`` and ``labels``, or ``train_images``, ``train_labels``, ``test_images`` and
``test_labels``. A Parquet file has the columns ``image`` and ``label`` and perhaps ``split`` (``train`` or ``test``);
in a folder the names of the files begin with ``train`` or ``test``, as in the layout of Hugging Face's hub.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rote.contents import files_below
from rote.data import arrays, columns, pictures
from rote.data.archives import Tree
from rote.data.own import BLOCK, MOST_CLASSES, REMEDY, Examples, Found, OwnDataSet
from rote.data.whole_numbers import class_numbers
from rote.errors import ConfigError
from rote.outside import reading

SPLITS = ("train", "test")
Images = npt.NDArray[Any] | Tree
"""Arrays (N, …), or encoded pictures by name."""


@dataclass(frozen=True)
class DataSet(OwnDataSet):
    """Images (N, H, W) or (N, H, W, C) of any size, C = 1 for grey or 3 for colour; or encoded pictures.

    Pixels are stored in 8 bits. With a `range` [a, b] a value v becomes round(255 (v − a) / (b − a)), so it is off by
    at most (b − a) / 510.
    """

    range: Sequence[float] | None = None
    """Least and largest value that a pixel can have; None for pixels of type uint8, which stay as they are."""

    def __post_init__(self) -> None:
        """Refuse options that no data could have."""
        super().__post_init__()
        ends = (0, 1) if self.range is None else tuple(self.range)
        if len(ends) != 2 or not ends[0] < ends[1] or not isfinite(ends[1] - ends[0]):
            raise ConfigError(
                f"data of one's own ({self.path}): range must be two numbers, the least first, not {ends}."
            )

    @contextmanager
    def opened(self, path: Path) -> Iterator[Found]:
        """Arrays are read whole, encoded pictures decoded when they are asked for; see `OwnDataSet.opened`."""
        with reading(path, "arrays of images and labels", REMEDY):
            read = _read(path)
            labels = {split: class_numbers(given, _count(images)) for split, (images, given) in read.items()}
            classes = self._classes(labels)
            trees = {split: (images, images.names) for split, (images, _) in read.items() if isinstance(images, Tree)}
            if len(trees) == len(read):
                shape = pictures.common_shape(list(trees.values()), self.height_and_width)
                examples = {
                    split: pictures.examples(named, labels[split], shape, self.size is not None)
                    for split, named in trees.items()
                }
            else:
                if self.size is not None:
                    raise ValueError("it holds pixels, which are not resampled: leave size out")
                shape, examples = self._of_pixels({split: images for split, (images, _) in read.items()}, labels)
        yield Found(shape, classes, examples)  # type: ignore[arg-type]

    def _of_pixels(
        self, read: dict[str, Images], labels: dict[str, npt.NDArray[np.int64]]
    ) -> tuple[tuple[int, int, int], dict[str, Examples]]:
        given = {split: _with_channels(images) for split, images in read.items() if not isinstance(images, Tree)}
        shapes = {images.shape[1:] for images in given.values()}
        if len(shapes) != 1 or len(given) != len(read):
            raise ValueError("its training and test images are of different shapes or kinds: bring them to one")
        found = {split: to_pixels(images, self.range) for split, images in given.items()}
        return shapes.pop(), {split: Examples(labels[split], pixels.__getitem__) for split, pixels in found.items()}

    def _classes(self, labels: dict[str, npt.NDArray[np.int64]]) -> tuple[str, ...]:
        """The classes in the order of their labels; numbers where no names are given."""
        if self.class_names is not None:
            return tuple(self.class_names)
        largest = max((int(of_split.max()) for of_split in labels.values() if of_split.size), default=0)
        if largest >= MOST_CLASSES:
            raise ValueError(f"it has the label {largest}: number the classes from 0, at most {MOST_CLASSES} of them")
        return tuple(map(str, range(largest + 1)))


def to_pixels(images: npt.NDArray[Any], ends: Sequence[float] | None) -> npt.NDArray[np.uint8]:
    """Images in 8 bits.

    Parameters
    ----------
    images : ndarray, shape (N, H, W, C)
        uint8, or numbers of any type within `ends`.
    ends : sequence of two floats or None
        Values that become 0 and 255; None to take uint8 as they are.

    Returns
    -------
    ndarray of uint8, shape (N, H, W, C)

    Raises
    ------
    ValueError
        If they are of another type and no range is stated, or a value is outside it or not a number.
    """
    if images.dtype.kind not in "biuf":
        raise ValueError(f"its images are of type {images.dtype}: give numbers")
    if ends is None:
        if images.dtype != np.uint8:
            raise ValueError(f"its images are of type {images.dtype}, not uint8: state their range, such as [0, 1]")
        return images
    low, high = ends
    pixels = np.empty(images.shape, dtype=np.uint8)
    rows = max(1, BLOCK // images[0].size)
    for start in range(0, len(images), rows):
        block = images[start : start + rows].astype(np.float64)
        outside = ~((block >= low) & (block <= high))  # NaN too
        if outside.any():
            place = np.unravel_index(np.argmax(outside), outside.shape)
            raise ValueError(
                f"image {start + int(place[0])} has a pixel of {block[place]:g}, outside the range {low:g} to {high:g}"
            )
        pixels[start : start + rows] = np.rint((block - low) * (255 / (high - low)))
    return pixels


def _read(path: Path) -> dict[str, tuple[Images, npt.NDArray[Any]]]:
    """Images and labels of each split as they lie there."""
    if path.is_dir():
        return _of_parquet(path, [path / name for name in files_below(path)])
    match path.suffix.lower():
        case ".npz":
            return _of_numpy(path)
        case ".parquet":
            return _of_parquet(path, [path])
        case kind:
            raise ValueError(f"files of the kind {kind!r} are not read: give .npz or .parquet")


def _of_numpy(path: Path) -> dict[str, tuple[Images, npt.NDArray[Any]]]:
    fields = arrays.fields(path) or []
    apart = any(field.startswith(SPLITS) for field in fields)
    before = {split: f"{split}_" for split in SPLITS} if apart else {"all": ""}
    wanted = {split: (f"{prefix}images", f"{prefix}labels") for split, prefix in before.items()}
    names = [name for pair in wanted.values() for name in pair]
    if absent := [name for name in names if name not in fields]:
        has = ", ".join(map(repr, fields)) or "nothing"
        raise ValueError(
            f"it lacks {' and '.join(map(repr, absent))} and has {has}: give 'images' and 'labels', or both with "
            "'train_' and with 'test_' before them"
        )
    if unused := sorted(set(fields) - set(names)):
        print(f"Warning: {path}: {', '.join(unused)} is not used", file=sys.stderr)
    return {split: (arrays.read(path, images), arrays.read(path, labels)) for split, (images, labels) in wanted.items()}


def _of_parquet(path: Path, files: Sequence[Path]) -> dict[str, tuple[Images, npt.NDArray[Any]]]:
    if path.is_dir():
        found = {}
        for split in SPLITS:
            of_split = [file for file in files if file.suffix.lower() == ".parquet" and file.name.startswith(split)]
            if not of_split:
                raise ValueError(f"it has no Parquet file whose name begins with {split!r}")
            found[split] = pa.concat_tables(_table(file) for file in of_split)
        if unused := [file.name for file in files if not file.name.startswith(SPLITS)]:
            print(f"Warning: {path}: {', '.join(unused)} is not used", file=sys.stderr)
        return {split: _columns(path, split, table) for split, table in found.items()}
    table = _table(path)
    if "split" not in table.column_names:
        return {"all": _columns(path, "image", table)}
    if strange := sorted(set(map(str, pc.unique(table["split"]).to_pylist())) - set(SPLITS)):
        raise ValueError(f"its column 'split' has {strange[0]!r}: write 'train' or 'test'")
    return {split: _columns(path, split, table.filter(pc.field("split") == split)) for split in SPLITS}


def _table(file: Path) -> pa.Table:
    opened = pq.ParquetFile(file, page_checksum_verification=True)
    names = opened.schema_arrow.names
    for column in ("image", "label"):
        if column not in names:
            raise ValueError(f"{file.name} lacks the column {column!r} and has {', '.join(map(repr, names)) or 'none'}")
    return opened.read([name for name in ("image", "label", "split") if name in names])


def _columns(path: Path, what: str, table: pa.Table) -> tuple[Images, npt.NDArray[Any]]:
    labels = columns.numbers("label", table["label"])
    contents = columns.pictures("image", table["image"])
    if contents is None:
        return columns.images("image", table["image"]), labels
    by_name = {f"{what} row {row}": content for row, content in enumerate(contents)}
    return Tree(path, tuple(by_name), by_name.__getitem__), labels


def _count(images: Images) -> int:
    if isinstance(images, Tree):
        return len(images.names)
    return len(_with_channels(images))


def _with_channels(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Images (N, H, W, C) from (N, H, W) or (N, H, W, C)."""
    channelled = images[..., None] if images.ndim == 3 else images
    if channelled.ndim != 4 or channelled.shape[3] not in (1, 3):
        raise ValueError(
            f"its images are of shape {images.shape}: give (N, H, W) for grey, (N, H, W, 3) for colour, channels last"
        )
    if not channelled.size:
        raise ValueError(f"its images are of shape {images.shape}, which holds no pixel")
    return channelled
