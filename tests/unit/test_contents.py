"""A digest of contents: a copy has the same, a changed file another, and what has not changed is not read."""

import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rote import contents
from rote.contents import digest_of_contents, files_below, remembered_digest
from rote.errors import DataError
from rote.files import checksum

FILES = {"a/1.png": b"one", "a/2.png": b"two", "b/1.png": b"one"}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / "leaves" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "leaves" / name).write_bytes(content)
    return tmp_path / "leaves"


def test_a_copy_elsewhere_with_other_times_has_the_same_digest(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert digest_of_contents(tmp_path / "copy") == digest_of_contents(folder)


def test_a_file_has_the_digest_of_its_bytes(folder):
    assert digest_of_contents(folder / "a/1.png") == checksum(folder / "a/1.png")


def test_what_systems_leave_behind_does_not_enter(folder):
    before = digest_of_contents(folder)
    for name in (".DS_Store", "a/Thumbs.db", ".ipynb_checkpoints/1.png", "__MACOSX/1.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert digest_of_contents(folder) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a/1.png").write_bytes(b"One"),
        lambda folder: (folder / "a/1.png").unlink(),
        lambda folder: (folder / "a/1.png").rename(folder / "a/3.png"),
        lambda folder: (folder / "a/1.png").rename(folder / "b/3.png"),
        lambda folder: (folder / "a/4.png").write_bytes(b""),
    ],
    ids=["changed", "removed", "renamed", "moved to another class", "added"],
)
def test_another_content_or_name_is_another_digest(folder, tmp_path, change):
    before = remembered_digest(folder, tmp_path / "memory")
    change(folder)
    assert remembered_digest(folder, tmp_path / "memory") == digest_of_contents(folder) != before


def test_a_change_that_keeps_size_and_time_is_seen(folder, tmp_path):
    before = remembered_digest(folder, tmp_path / "memory")
    file = folder / "a/1.png"
    status = file.stat()
    file.write_bytes(b"eno")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert remembered_digest(folder, tmp_path / "memory") != before


def test_files_that_have_not_changed_are_not_read_again(folder, tmp_path, monkeypatch):
    digest = remembered_digest(folder, tmp_path / "memory")
    monkeypatch.setattr(contents, "checksum", lambda path: pytest.fail(f"{path} was read"))
    assert remembered_digest(folder, tmp_path / "memory") == digest


def test_a_touched_file_gives_the_same_digest(folder, tmp_path):
    digest = remembered_digest(folder, tmp_path / "memory")
    os.utime(folder / "a/1.png", ns=(1, 1))
    assert remembered_digest(folder, tmp_path / "memory") == digest


@settings(max_examples=40)
@given(note=st.binary(max_size=40) | st.sampled_from([b"a b", b"a b c", b" "]))
def test_a_damaged_note_is_replaced(tmp_path_factory, note):
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "file").write_bytes(b"content")
    digest = remembered_digest(folder / "file", folder / "memory")
    (path,) = (folder / "memory").iterdir()
    path.write_bytes(note)
    assert remembered_digest(folder / "file", folder / "memory") == digest


def test_links_are_followed_once(folder, tmp_path):
    (folder / "a/loop").symlink_to(folder, target_is_directory=True)
    (folder / "c").symlink_to(folder / "b", target_is_directory=True)
    assert list(files_below(folder)) == ["a/1.png", "a/2.png", "b/1.png", "c/1.png"]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere cannot be read: No such file"):
        remembered_digest(tmp_path / "nowhere", tmp_path / "memory")
