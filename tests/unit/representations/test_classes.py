import numpy as np
import pytest

from rote import tables
from rote.errors import DataError, TableError
from rote.representations.classes import load
from rote.tables.representations import as_column, representations
from tests.unit.small_tables import write_subset

VALUES = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
TRUE, TRAIN = np.array([0, 1, 2, 0, 1, 2, 0], np.int16), np.array([0, 1, 2, 2, 1, 0, 0], np.int16)


@pytest.fixture
def table(tmp_path):
    with tables.writing(tmp_path / "t.parquet", representations(3), {"dimensions": 3}) as writer:
        for rows in (slice(0, 4), slice(4, 7)):
            labels = {"true_label": TRUE[rows], "train_label": TRAIN[rows]}
            example = np.arange(7, dtype=np.int32)[rows]
            writer.append({"example": example, **labels, "representation": as_column(VALUES[rows])})
    return tmp_path / "t.parquet"


def test_values_come_back_as_they_were_written_in_blocks(table):
    found = load(table)
    assert found.values.dtype == np.float64
    assert np.array_equal(found.values, VALUES)
    assert np.array_equal(found.example, np.arange(7))


@pytest.mark.parametrize(("label", "expected"), [("train_label", TRAIN), ("true_label", TRUE)])
def test_a_class_has_the_examples_of_its_label_and_their_values(table, label, expected):
    found = load(table, label)
    assert found.classes.tolist() == [0, 1, 2]
    for name in found.classes:
        own = found.by_class(name)
        assert own.example.tolist() == np.flatnonzero(expected == name).tolist()
        assert set(own.label) == {name}
        assert np.array_equal(own.values, VALUES[own.example])


def test_labels_of_training_are_the_default(table):
    assert np.array_equal(load(table).label, TRAIN)


def test_a_class_without_examples_is_refused_and_the_others_listed(table):
    with pytest.raises(DataError, match="label 3: choose one of 0, 1, 2"):
        load(table).by_class(3)


def test_another_table_is_refused(tmp_path):
    write_subset(tmp_path / "t.parquet", [0])
    with pytest.raises(TableError, match="is a 'subset' table"):
        load(tmp_path / "t.parquet")
