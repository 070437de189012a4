import pickle

import numpy as np
import pytest

from rote.errors import DataError
from rote.files import checksum
from rote.memorization.published import read_published_scores

SCORES = np.array([0.0, 0.25, 1.0, -0.125])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scores.npy"
    np.save(path, SCORES)
    return path


def test_an_npy_file_reads_as_saved_with_its_checksum(file):
    published = read_published_scores(file, 4, expected_checksum=checksum(file).upper())
    assert published.score.dtype == np.float64
    assert published.score.tolist() == SCORES.tolist()
    assert published.checksum == checksum(file)


@pytest.mark.parametrize("field", ["tr_mem", "memorization", "scores"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_usual_fields_of_an_npz_file_are_found(tmp_path, field, save):
    save(tmp_path / "scores.npz", **{field: SCORES.astype(np.float32), "other": np.zeros(9)})
    assert read_published_scores(tmp_path / "scores.npz", 4).score.tolist() == SCORES.tolist()


def test_a_named_field_is_read(tmp_path):
    np.savez(tmp_path / "scores.npz", tr_mem=np.zeros(4), own=SCORES)
    assert read_published_scores(tmp_path / "scores.npz", 4, field="own").score.tolist() == SCORES.tolist()


def test_fields_that_are_not_asked_for_are_not_read(tmp_path):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, names=np.array([{}], object))
    assert read_published_scores(tmp_path / "scores.npz", 4).score.tolist() == SCORES.tolist()


def test_labels_of_the_file_tell_another_order(tmp_path):
    np.savez(tmp_path / "scores.npz", scores=SCORES, labels=[3, 1, 2, 0])
    assert read_published_scores(tmp_path / "scores.npz", 4, labels=[3, 1, 2, 0]).score.tolist() == SCORES.tolist()
    with pytest.raises(DataError, match="another order"):
        read_published_scores(tmp_path / "scores.npz", 4, labels=[1, 3, 2, 0])


LABELS = np.array([3, 1, 2, 0])


@pytest.mark.parametrize("name", ["labels", "label", "tr_labels", "train_labels", "trainLabels", "y_train", "targets"])
def test_every_field_that_says_training_labels_tells_another_order(tmp_path, name):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, **{name: LABELS})
    assert read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS).compared == (name,)
    with pytest.raises(DataError, match=rf"in its field '{name}' \(first of example 0\): .* another order"):
        read_published_scores(tmp_path / "scores.npz", 4, labels=[1, 3, 2, 0])


@pytest.mark.parametrize(
    "form",
    [LABELS[:, None], LABELS.astype("U2"), LABELS.astype("S1"), LABELS.astype(np.float32), np.eye(5)[LABELS]],
    ids=["column", "texts", "bytes", "floats", "one-hot"],
)
def test_labels_are_compared_in_any_form_that_says_the_same(tmp_path, form):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, tr_labels=form)
    assert read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS).compared == ("tr_labels",)
    with pytest.raises(DataError, match="another order"):
        read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS[::-1])


def test_a_field_of_labels_that_cannot_be_read_is_refused_rather_than_left_out(tmp_path):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, tr_labels=LABELS.astype(object))
    with pytest.raises(DataError, match=r"field 'tr_labels' .* cannot be read"):
        read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS)


def test_one_field_of_labels_that_agrees_does_not_excuse_another(tmp_path):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, labels=LABELS, tr_labels=LABELS[::-1])
    with pytest.raises(DataError, match="in its field 'tr_labels'"):
        read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tt_labels", LABELS[::-1]),
        ("coarse_labels", LABELS[::-1]),
        ("labels", np.array(["cat", "dog", "cat", "dog"])),
        ("labels", np.zeros(9, int)),
        ("own", LABELS[::-1]),
    ],
    ids=["of the test split", "other classes", "names", "of another split", "another field"],
)
def test_a_field_that_cannot_be_the_training_labels_says_nothing_about_the_order(tmp_path, name, values):
    np.savez(tmp_path / "scores.npz", tr_mem=SCORES, **{name: values})
    assert read_published_scores(tmp_path / "scores.npz", 4, labels=LABELS).compared == ()


def test_scores_in_a_column_are_scores(tmp_path):
    np.save(tmp_path / "scores.npy", SCORES[:, None])
    assert read_published_scores(tmp_path / "scores.npy", 4).score.tolist() == SCORES.tolist()


def test_another_checksum_is_refused_and_named(file):
    with pytest.raises(DataError, match=rf"scores\.npy has the SHA-256 checksum {checksum(file)}, not abc"):
        read_published_scores(file, 4, expected_checksum="abc")


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (SCORES[:3], r"shape \(3,\) where 4 examples"),
        (np.stack([SCORES, SCORES], axis=1), r"shape \(4, 2\)"),
        (np.array([0, np.nan, np.inf, 1]), "2 scores that are not finite"),
        (np.array([0, 0.5, 1, 1.5]), "beyond"),
        (np.array(list("abcd")), "no numbers"),
    ],
)
def test_scores_that_cannot_be_are_refused(tmp_path, scores, message):
    np.save(tmp_path / "scores.npy", scores)
    with pytest.raises(DataError, match=message):
        read_published_scores(tmp_path / "scores.npy", 4)


class Explosive:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize("form", ["pickle", "npy", "npz"])
def test_pickles_are_refused_and_never_loaded(tmp_path, form):
    path = tmp_path / f"scores.{form}"
    objects = np.array([Explosive()], object)
    if form == "pickle":
        path.write_bytes(pickle.dumps(Explosive()))
    elif form == "npy":
        np.save(path, objects, allow_pickle=True)
    else:
        np.savez(path, allow_pickle=True, scores=objects)
    with pytest.raises(DataError, match="Pickled objects are refused"):
        read_published_scores(path, 1)


@pytest.mark.parametrize("save", [np.save, lambda path, scores: np.savez(path, scores=scores)])
def test_a_truncated_file_is_named(tmp_path, save):
    path = tmp_path / ("scores.npy" if save is np.save else "scores.npz")
    save(path, SCORES)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=rf"{path.name} cannot be read"):
        read_published_scores(path, 4)


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "scores.npy").touch()
    with pytest.raises(DataError, match="cannot be read"):
        read_published_scores(tmp_path / "scores.npy", 4)


def test_a_missing_file_and_a_missing_field_are_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.npy cannot be read as published scores: No such file"):
        read_published_scores(tmp_path / "absent.npy", 4)
    np.savez(tmp_path / "scores.npz", own=SCORES)
    with pytest.raises(DataError, match=r"0 of the fields tr_mem.* \(own\)"):
        read_published_scores(tmp_path / "scores.npz", 4)
    with pytest.raises(DataError, match=r"no field 'infl'.* \(own\)"):
        read_published_scores(tmp_path / "scores.npz", 4, field="infl")
