"""NumPy's files without pickles."""

import numpy as np
import pytest

from rote.data.arrays import fields, read
from rote.errors import DataError

VALUES = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.dat"])
def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        np.save(file, VALUES)
    assert fields(tmp_path / name) is None
    np.testing.assert_array_equal(read(tmp_path / name), VALUES)
    with (tmp_path / name).open("wb") as file:
        np.savez_compressed(file, a=VALUES, b=VALUES + 1)
    assert fields(tmp_path / name) == ["a", "b"]
    np.testing.assert_array_equal(read(tmp_path / name, "b"), VALUES + 1)


def test_a_flipped_bit_in_an_archive_is_named_with_its_field(tmp_path):
    np.savez(tmp_path / "x.npz", a=VALUES, b=VALUES + 7)
    content = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(content.replace((VALUES + 7).tobytes(), (VALUES + 8).tobytes()))
    np.testing.assert_array_equal(read(tmp_path / "x.npz", "a"), VALUES)
    with pytest.raises(DataError, match=r"field 'b' in .*x\.npz cannot be read as a NumPy array: Bad CRC"):
        read(tmp_path / "x.npz", "b")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>not found</html>", b"PK\x03\x04 and no more", b"\x93NUMPY\x01\x00"],
    ids=["empty", "another kind", "cut archive", "cut array"],
)
def test_a_file_that_is_none_is_named(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.npz cannot be read as a NumPy (file|array): .*numpy\.save"):
        read(tmp_path / "x.npz", "a" if fields(tmp_path / "x.npz") else None)


@pytest.mark.parametrize("path", ["gone.npy", "."])
def test_a_missing_file_and_a_folder_are_named(tmp_path, path):
    with pytest.raises(DataError, match=r"cannot be read as a NumPy file: (No such file|Is a directory)"):
        fields(tmp_path / path)


def test_letters_that_unicode_does_not_have_are_an_error(tmp_path):
    np.save(tmp_path / "x.npy", np.array(["a", "b"]).view("u4").astype("u4") + np.uint32(0x110000))
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content.replace(b"'<u4'", b"'<U1'"))
    with pytest.raises(DataError, match="a text in it is not valid Unicode"):
        read(tmp_path / "x.npy")
