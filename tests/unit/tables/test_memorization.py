import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rote import tables
from rote.errors import TableError
from rote.tables.memorization import TRIALS, pack, unpack

BITS = st.tuples(st.integers(0, 5), st.integers(1, 40)).flatmap(lambda shape: arrays(bool, shape))


@given(BITS)
def test_bits_read_back_as_packed(bits):
    back = unpack(pack(bits), bits.shape[1])
    assert back.dtype == bool
    np.testing.assert_array_equal(back, bits)


def test_the_first_example_is_the_highest_bit_and_eight_share_a_byte():
    assert pack(np.eye(9, dtype=bool)[[0, 8]]).to_pylist() == [b"\x80\x00", b"\x00\x80"]


def test_bits_read_back_from_a_table_of_several_blocks(tmp_path):
    random = np.random.default_rng(0)
    members, right, on_test = (random.random((5, n)) < 0.5 for n in (13, 13, 20))
    rows = {
        "trial": np.arange(5),
        "training_seed": np.arange(5) + 2**62,
        "n_in": members.sum(axis=1),
        "membership": pack(members),
        "train_correct": pack(right),
        "test_correct": pack(on_test),
        "train_accuracy": np.ones(5),
        "held_out_accuracy": np.ones(5),
        "test_accuracy": on_test.mean(axis=1),
    }
    with tables.writing(tmp_path / "trials.parquet", TRIALS, {}) as table:
        table.append(rows)
        table.append(rows)
    read = tables.read(tmp_path / "trials.parquet", TRIALS)
    np.testing.assert_array_equal(unpack(read["membership"], 13), np.tile(members, (2, 1)))
    np.testing.assert_array_equal(unpack(read["test_correct"], 20), np.tile(on_test, (2, 1)))


@pytest.mark.parametrize("n", [8, 17])
def test_another_number_of_examples_is_refused(n):
    with pytest.raises(TableError, match=f"packed bits of {n} examples"):
        unpack(pack(np.ones((2, 13), bool)), n)


def test_bits_of_examples_beyond_the_last_are_refused():
    with pytest.raises(TableError, match="more than the 12 examples"):
        unpack(pack(np.ones((2, 13), bool)), 12)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(TableError, match=r"\[1, 2\]"):
        unpack(pa.array([b"\x00", b"\x00\x00"], pa.binary()), 8)
