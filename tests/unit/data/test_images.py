"""Reading a table of images back."""

import numpy as np
import pyarrow as pa
import pytest

from rote import tables
from rote.data.images import Header, load_images, load_true_labels, read_header
from rote.errors import DataError, TableError
from rote.tables.data import LABELS, images
from tests.unit.data.data_files import pixels

HEADER = Header("noise", "train", (5, 4, 3), ("a", "b"), (0.1, 0.2, 0.30000000000000004), (1.0, 2.0, 3.0), "none")


def write(path, array, labels, example=None):
    columns = {
        "example": np.arange(len(array), dtype=np.int32) if example is None else example,
        "image": pa.array([image.tobytes() for image in array], pa.binary(60)),
        "true_label": np.asarray(labels, dtype=np.int16),
    }
    tables.write(path, images((5, 4, 3)), columns, {"dataset": vars(HEADER)})


def test_images_and_labels_come_back_exactly(tmp_path):
    array, labels = pixels(10_001, 5, 4, 3), np.arange(10_001) % 2
    write(tmp_path / "x.parquet", array, labels)
    read = load_images(tmp_path / "x.parquet")
    np.testing.assert_array_equal(read.images, array)
    np.testing.assert_array_equal(read.labels, labels)
    assert (read.images.dtype, read.labels.dtype) == (np.uint8, np.int64)
    assert (read.shape, read.n_classes, read.name, read.split) == ((5, 4, 3), 2, "noise", "train")
    assert (read.classes, read.mean, read.std) == (HEADER.classes, HEADER.mean, HEADER.std)


def test_images_and_labels_may_be_changed_by_their_reader(tmp_path):
    write(tmp_path / "x.parquet", pixels(3, 5, 4, 3), [0, 1, 0])
    read = load_images(tmp_path / "x.parquet")
    read.images[:] = 0
    read.labels[:] = 1
    assert read.images.sum() == 0
    assert read.labels.sum() == 3


def test_the_header_comes_back_exactly(tmp_path):
    write(tmp_path / "x.parquet", pixels(1, 5, 4, 3), [0])
    assert read_header(tmp_path / "x.parquet") == HEADER


def test_examples_out_of_order_are_refused(tmp_path):
    write(tmp_path / "x.parquet", pixels(3, 5, 4, 3), [0, 1, 0], example=np.array([0, 2, 1], dtype=np.int32))
    with pytest.raises(DataError, match="in order"):
        load_true_labels(tmp_path / "x.parquet")


def test_another_kind_of_table_is_refused(tmp_path):
    tables.write(tmp_path / "x.parquet", LABELS, {column.name: [] for column in LABELS.columns}, {})
    with pytest.raises(DataError, match=r"x.parquet is not a table of images"):
        load_images(tmp_path / "x.parquet")


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"x.parquet is missing"):
        load_images(tmp_path / "x.parquet")
