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
    with pytest.raises(DataError, match=r"absent\.npy is missing"):
        read_published_scores(tmp_path / "absent.npy", 4)
    np.savez(tmp_path / "scores.npz", own=SCORES)
    with pytest.raises(DataError, match=r"0 of the fields tr_mem.* \(own\)"):
        read_published_scores(tmp_path / "scores.npz", 4)
    with pytest.raises(DataError, match=r"no field 'infl'.* \(own\)"):
        read_published_scores(tmp_path / "scores.npz", 4, field="infl")
