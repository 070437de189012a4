import pyarrow as pa

from rote.tables.training import perfect_fitting_epoch


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
