import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.errors import DataError
from rote.review.agreement import Agreement, collected, compared, disagreements, skipped, summary, write
from rote.tables.review import AGREEMENTS

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


def agreement(recorded, again, tolerance=1e-6):
    return compared("table", "t.parquet", "whole", pa.table({"x": recorded}), pa.table({"x": again}), tolerance)


@given(NUMBERS)
def test_a_table_agrees_with_itself(numbers):
    assert agreement(numbers, numbers, tolerance=0).difference == 0


@given(NUMBERS, st.floats(1e-3, 1e3), st.data())
def test_one_altered_number_is_found_and_its_place_named(numbers, change, data):
    place = data.draw(st.integers(0, len(numbers) - 1))
    altered = [*numbers[:place], numbers[place] + change * max(1, abs(numbers[place])), *numbers[place + 1 :]]
    found = agreement(numbers, altered)
    assert found.difference == pytest.approx(change, rel=1e-4)
    assert not found.agrees
    assert found.note == f"1 of {len(numbers)} values of x differ, the first at {place}"


@pytest.mark.parametrize(
    ("recorded", "again"),
    [
        pytest.param(pa.array([1, 2]), pa.array([1, 3]), id="whole number"),
        pytest.param(pa.array([True, False]), pa.array([True, True]), id="truth value"),
        pytest.param(pa.array(["a", "b"]), pa.array(["a", "c"]), id="text"),
        pytest.param(pa.array([b"a"]), pa.array([b"b"]), id="bits"),
        pytest.param(pa.array([1.0, None]), pa.array([1.0, 2.0]), id="null for a number"),
        pytest.param(pa.array([1, None]), pa.array([1, 2]), id="null for a whole number"),
        pytest.param(pa.array(["a", "b"]).dictionary_encode(), pa.array(["a", "a"]).dictionary_encode(), id="category"),
        pytest.param(pa.array([[1, 2], [3]]), pa.array([[1, 2], [4]]), id="value in a list"),
        pytest.param(pa.array([[1, 2], [3]]), pa.array([[1], [2, 3]]), id="length of a list"),
        pytest.param(pa.array([1.0, np.inf]), pa.array([1.0, 2.0]), id="infinity"),
        pytest.param(pa.array([1, 2]), pa.array([1.0, 2.0]), id="type"),
        pytest.param(pa.array([1]), pa.array([1, 1]), id="number of rows"),
    ],
)
def test_what_is_no_number_must_be_equal(recorded, again):
    assert agreement(recorded, recorded).agrees
    assert agreement(recorded, again, tolerance=1e9).difference == np.inf


def test_vectors_are_compared_value_by_value():
    vectors = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0, 3.0, 4.0]), 2)
    altered = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0, 3.0, 6.0]), 2)
    assert agreement(vectors, altered).difference == pytest.approx(0.5)


def test_encodings_of_a_category_do_not_matter():
    one = pa.DictionaryArray.from_arrays([0, 1], ["a", "b"])
    other = pa.DictionaryArray.from_arrays([1, 0], ["b", "a"])
    assert agreement(one, other).agrees


def test_what_could_not_be_computed_again_is_counted_apart():
    found = [
        Agreement("trials", "a", "x", 3, 0.5, 0.1, "bits"),
        Agreement("trials", "b", "x", 3, 0.05, 0.1),
        skipped("trials", "c", "x", "no networks"),
    ]
    assert [one.agrees for one in found] == [False, True, True]
    assert summary(found).split(maxsplit=1) == [
        "trials",
        "1 of 2 agree, largest difference 0.5, tested for equality, 1 could not be computed again",
    ]
    assert disagreements(found) == "  a, x: bits"


def test_agreements_are_kept_as_a_table(tmp_path):
    found = [Agreement("digest", "a.parquet", "whole content", 1, 0.0, 0.0), skipped("table", "b", "all", "gone")]
    write(tmp_path / "verification.parquet", found, {})
    kept = tables.read(tmp_path / "verification.parquet", AGREEMENTS)
    assert kept["agrees"].to_pylist() == [True, True]
    assert kept["note"].to_pylist() == ["", "not computed again: gone"]


def test_an_error_that_a_user_can_mend_is_a_disagreement_after_what_was_found_before():
    def found():
        yield agreement([1.0], [1.0])
        raise DataError("checkpoint is damaged")

    first, last = collected("trials", found())
    assert first.agrees
    assert not last.agrees
    assert disagreements([first, last]) == "  trials, the rest of this kind: checkpoint is damaged"
