"""Whole numbers in every type that says them exactly, and in none that does not."""

import numpy as np
import pytest

from rote.data.whole_numbers import class_numbers, one_each, whole_numbers

NUMBERS = np.array([3, 0, 2, 1])
ONE_HOT = np.eye(5)[NUMBERS]


@pytest.mark.parametrize("dtype", ["i1", "u1", ">i2", "<u8", "i8", "f2", "f4", ">f8", "longdouble", "U9", "S9"])
def test_a_type_that_says_the_same_numbers_gives_them(dtype):
    read = whole_numbers(NUMBERS.astype(dtype))
    assert read.dtype == np.int64
    assert read.tolist() == [3, 0, 2, 1]


def test_texts_may_have_spaces_zeros_and_an_empty_fraction():
    assert whole_numbers(np.array([" 3", "-007", "+2 ", "1.", "4.00"])).tolist() == [3, -7, 2, 1, 4]


def test_truth_values_are_0_and_1():
    assert whole_numbers(np.array([True, False])).tolist() == [1, 0]


@pytest.mark.parametrize("extreme", [-(2**63), 2**63 - 1])
def test_the_extremes_of_64_bits_are_read_from_numbers_and_texts(extreme):
    assert whole_numbers(np.array([extreme])).tolist() == whole_numbers(np.array([str(extreme)])).tolist() == [extreme]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([0, 0.5, 1]), "entry 1 has 0.5"),
        (np.array([0, 1, np.nan]), "entry 2 has nan"),
        (np.array([np.inf]), "entry 0 has inf"),
        (np.array([2.0**63]), "entry 0 has 9.22"),
        (np.array([2**63], dtype=np.uint64), "entry 0 has 9223372036854775808"),
        (np.array(["1", "9223372036854775808"]), "entry 1 has '9223372036854775808'"),
        (np.array(["1", "cat"]), "entry 1 has 'cat'"),
        (np.array(["1_0"]), "entry 0 has '1_0'"),
        (np.array([""]), "entry 0 has ''"),
        (np.array(["٣"]), "entry 0 has '٣'"),
        (np.array([1j]), "values of type complex128"),
        (np.array([1, None], dtype=object), "values of type object"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "values of type datetime64"),
    ],
)
def test_what_is_no_whole_number_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        whole_numbers(values)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (1, 4), (1, 4, 1)])
def test_a_row_a_column_and_an_axis_are_the_same(shape):
    assert class_numbers(NUMBERS.reshape(shape), 4).tolist() == [3, 0, 2, 1]


@pytest.mark.parametrize("shape", [(), (2, 2), (3,), (4, 0)])
def test_another_shape_is_named(shape):
    with pytest.raises(ValueError, match=r"shape \(.* where 4 examples"):
        one_each(np.zeros(shape), 4)


@pytest.mark.parametrize("dtype", ["?", "u1", "f4", "U3"])
def test_a_row_with_a_single_1_among_zeros_is_the_class_at_its_place(dtype):
    assert class_numbers(ONE_HOT.astype(np.uint8).astype(dtype), 4).tolist() == [3, 0, 2, 1]


@pytest.mark.parametrize("row", [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 2, 0, 0, 0], [2, -1, 0, 0, 0]])
def test_a_row_that_says_no_class_or_several_is_named(row):
    with pytest.raises(ValueError, match="row 2 does not hold a single 1"):
        class_numbers(np.array([*ONE_HOT[:2], row, ONE_HOT[3]]), 4)
