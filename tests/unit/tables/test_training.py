import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.errors import TableError
from rote.tables.training import best_epoch, perfect_fitting_epoch


def history(*rows):
    return pa.table(dict(zip(("epoch", "subset", "error"), zip(*rows, strict=True), strict=True)))


def test_perfect_fitting_is_the_first_epoch_without_training_error():
    rows = [(0, "train", 0.9), (5, "train", 0.0), (7, "train", 0.01), (9, "train", 0.0)]
    assert perfect_fitting_epoch(history(*rows)) == 5


def test_a_data_frame_says_the_same_as_a_table():
    rows = [(0, "train", 0.9), (5, "train", 0.0)]
    assert perfect_fitting_epoch(history(*rows).to_pandas()) == 5


def test_almost_perfect_is_not_perfect():
    assert perfect_fitting_epoch(history((0, "train", 0.9), (9, "train", 1e-9))) is None


def test_only_the_training_set_as_labelled_counts():
    rows = [(0, "train", 0.5), (0, "unpermuted", 0.0), (0, "restored", 0.0), (0, "permuted", 0.0), (0, "test", 0.0)]
    assert perfect_fitting_epoch(history(*rows)) is None


@given(st.dictionaries(st.integers(0, 99), st.integers(0, 3), min_size=1), st.randoms())
def test_the_best_epoch_is_the_earliest_of_the_lowest_test_error_in_whatever_order_the_rows_are(errors, random):
    rows = [(epoch, "test", error / 3) for epoch, error in errors.items()]
    rows += [(epoch, subset, 0.0) for epoch in errors for subset in ("train", "restored")]
    random.shuffle(rows)
    best = best_epoch(history(*rows))
    assert all((errors[best], best) <= (error, epoch) for epoch, error in errors.items())
    assert best_epoch(history(*rows).to_pandas()) == best


def test_a_history_without_the_test_set_has_no_best_epoch():
    with pytest.raises(TableError, match="no row of the test set"):
        best_epoch(history((0, "train", 0.5)))
