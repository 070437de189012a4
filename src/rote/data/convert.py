"""From published files to the two tables that everything else reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rote import tables
from rote.data.dataset import Split, configured
from rote.data.fetch import files
from rote.data.images import Header
from rote.job import Job
from rote.progress import track
from rote.tables.data import images as images_schema

BLOCK = 16 << 20  # bytes of pixels held at a time


def convert(
    name: str,
    options: Mapping[str, Any],
    *,
    manifest: Path,
    train: Path,
    test: Path,
    job: Job,
) -> None:
    """Write a data set's train and test tables, block by block.

    Parameters
    ----------
    name : str
        Name of the data set.
    options : mapping
        Its options, among them the kind of data of one's own.
    manifest : Path
        Table of its files, which `rote.data.fetch.fetch` wrote.
    train, test : Path
        Tables to write (`rote.tables.data.images`): both are whole or neither is there.
    job : Job
        Its key is the data set's name. The tables' provenance also has the images' header (`rote.data.images.Header`),
        as ``dataset``.

    Raises
    ------
    ConfigError
        If the data set or an option is unknown or out of range.
    DataError
        If a file has changed or an image is damaged.
    RoteError
        If a table cannot be written.
    """
    data_set = configured(name, options)
    found = files(manifest)
    with (
        TemporaryDirectory(prefix="rote-") as scratch,
        data_set.contents(found, Path(scratch), job) as contents,
        _both_or_neither(train, test),
    ):
        header = Header(name, "train", contents.shape, contents.classes, contents.mean, contents.std, data_set.licence)
        schema = images_schema(contents.shape)
        with (
            tables.writing(train, schema, job.recorded(dataset=asdict(header))) as train_table,
            tables.writing(test, schema, job.recorded(dataset=asdict(replace(header, split="test")))) as test_table,
        ):
            for block in _blocks(contents.train, f"{name} train"):
                train_table.append(block)
            for block in _blocks(contents.test, f"{name} test"):
                test_table.append(block)


def _blocks(split: Split, description: str) -> Iterator[dict[str, npt.NDArray[Any] | pa.Array]]:
    size = split.images(slice(0, 1)).size
    rows = max(1, BLOCK // size)
    for start in track(range(0, len(split.labels), rows), description, unit="block"):
        block = slice(start, min(start + rows, len(split.labels)))
        pixels = pa.py_buffer(np.ascontiguousarray(split.images(block)))
        yield {
            "example": np.arange(block.start, block.stop, dtype=np.int32),
            "image": pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), block.stop - block.start, [None, pixels]),
            "true_label": split.labels[block].astype(np.int16),
        }


@contextmanager
def _both_or_neither(*paths: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
