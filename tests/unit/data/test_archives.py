"""Archives: what is inside is what comes out, and nothing comes out elsewhere."""

import gzip
import io
import stat
import tarfile
import zipfile

import pytest

from rote.data.archives import measure, tree, unpack
from rote.errors import DataError
from tests.unit.data.data_files import pixels, write_files, write_zip

FILES = {"a/1.txt": b"one", "a/b/2.txt": b"two" * 1000, "3.txt": b""}


def add(archive, name, content=b"", **attributes):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for attribute, value in attributes.items():
        setattr(member, attribute, value)
    archive.addfile(member, io.BytesIO(content))


def test_a_tar_archive_gives_its_files(tmp_path):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        for name, content in FILES.items():
            add(archive, name, content)
    unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    for name, content in FILES.items():
        assert (tmp_path / "out" / name).read_bytes() == content


def test_a_gzipped_file_gives_its_content(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"content"))
    unpack(tmp_path / "x.gz", tmp_path / "out")
    assert (tmp_path / "out" / "x").read_bytes() == b"content"


@pytest.mark.parametrize(
    "member",
    [
        {"name": "../outside"},
        {"name": "a/../../outside"},
        {"name": "/outside"},
        {"name": "..\\outside"},
        {"name": "C:/outside"},
        {"name": "link", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"name": "link", "type": tarfile.LNKTYPE, "linkname": "../outside"},
        {"name": "device", "type": tarfile.CHRTYPE},
    ],
    ids=lambda member: " ".join(str(value) for value in member.values()),
)
def test_a_tar_member_that_is_a_link_or_points_outside_is_refused(tmp_path, member):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        add(archive, **member)
    with pytest.raises(DataError, match=r"x.tar.gz is not to be trusted"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "deep" / "out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.tar.gz"]


@pytest.mark.parametrize("name", ["x.tar.gz", "x.gz"])
@pytest.mark.parametrize("damage", ["cut in half", "cut at the end", "flipped", "not an archive"])
def test_a_damaged_archive_is_one_clear_error(tmp_path, name, damage):
    path = tmp_path / name
    content = pixels(500_000).tobytes()
    if name == "x.gz":
        path.write_bytes(gzip.compress(content))
    else:
        with tarfile.open(path, "w:gz") as archive:
            add(archive, "x", content)
    whole = path.read_bytes()
    middle = len(whole) // 2
    spoiled = {
        "cut in half": whole[:middle],
        "cut at the end": whole[:-4],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        "not an archive": b"<html>not found</html>",
    }
    path.write_bytes(spoiled[damage])
    with pytest.raises(DataError, match=rf"{name} cannot be read as an archive: .* Replace it"):
        unpack(path, tmp_path / "out")
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_and_a_zip_archive_of_it_are_the_same_tree(tmp_path):
    write_files(tmp_path / "folder", FILES)
    write_zip(tmp_path / "archive.zip", "", FILES)
    for path in (tmp_path / "folder", tmp_path / "archive.zip"):
        with tree(path) as found:
            assert {name: found.read(name) for name in found.names} == FILES
            assert found.names == tuple(sorted(FILES))


def test_a_tree_is_entered_beside_the_topmost_marker(tmp_path):
    write_zip(tmp_path / "x.zip", "top/", {"wnids.txt": b"1", "deeper/wnids.txt": b"2", "train/a": b"3"})
    with tree(tmp_path / "x.zip") as found:
        below = found.below("wnids.txt")
        assert below.names == ("deeper/wnids.txt", "train/a", "wnids.txt")
        assert below.read("wnids.txt") == b"1"
        assert found.below("train").read("train/a") == b"3"
        assert found.below("absent") is None


def test_a_zip_member_that_is_a_link_or_points_outside_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for member in (zipfile.ZipInfo("a/../../outside"), zipfile.ZipInfo("/outside"), link):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr(member, "content")
        with pytest.raises(DataError, match=r"x.zip is not to be trusted"), tree(tmp_path / "x.zip"):
            pass


def test_the_digest_of_a_listing_follows_names_and_sizes(tmp_path):
    write_files(tmp_path / "x", FILES)
    size, digest = measure(tmp_path / "x", "listing")
    assert size == sum(map(len, FILES.values()))
    assert measure(tmp_path / "x", "listing") == (size, digest)
    (tmp_path / "x" / "3.txt").rename(tmp_path / "x" / "4.txt")
    assert measure(tmp_path / "x", "listing")[1] != digest
    (tmp_path / "x" / "4.txt").rename(tmp_path / "x" / "3.txt")
    assert measure(tmp_path / "x", "listing")[1] == digest
    (tmp_path / "x" / "3.txt").write_bytes(b"more")
    assert measure(tmp_path / "x", "listing")[1] != digest


SYSTEM_FILES = [
    ".DS_Store",
    "a/.DS_Store",
    "a/._1.txt",
    "a/b/Thumbs.db",
    "a/desktop.ini",
    "a/.ipynb_checkpoints/1-checkpoint.txt",
    "__MACOSX/a/._1.txt",
]


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_what_systems_leave_is_no_data_in_a_folder_nor_in_an_archive(tmp_path, name):
    write_files(tmp_path / "folder", {**FILES, name: b"x"})
    write_zip(tmp_path / "archive.zip", "", {**FILES, name: b"x"})
    for path in (tmp_path / "folder", tmp_path / "archive.zip"):
        with tree(path) as found:
            assert found.names == tuple(sorted(FILES))


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_what_systems_leave_is_not_unpacked(tmp_path, name):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        add(archive, "1.txt", b"one")
        add(archive, name, b"x")
    unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["1.txt"]


def test_what_systems_leave_later_does_not_change_a_folder_s_digest(tmp_path):
    write_files(tmp_path / "x", FILES)
    before = measure(tmp_path / "x", "listing")
    write_files(tmp_path / "x", dict.fromkeys(SYSTEM_FILES, b"x"))
    assert measure(tmp_path / "x", "listing") == before


def test_links_to_files_and_folders_are_followed_and_circles_are_not(tmp_path):
    write_files(tmp_path / "far", {"b/2.txt": b"two"})
    write_files(tmp_path / "x", {"1.txt": b"one"})
    (tmp_path / "x" / "a").symlink_to(tmp_path / "far")
    (tmp_path / "x" / "3.txt").symlink_to(tmp_path / "far" / "b" / "2.txt")
    (tmp_path / "far" / "circle").symlink_to(tmp_path / "x")
    with tree(tmp_path / "x") as found:
        assert found.names == ("1.txt", "3.txt", "a/b/2.txt")
        assert found.read("a/b/2.txt") == b"two"


def test_a_name_that_is_not_utf_8_is_said_so(tmp_path):
    write_files(tmp_path / "x", {"caf\udce9.txt": b""})
    with (
        pytest.raises(DataError, match=r"x cannot be read as a folder: the name 'caf\\udce9\.txt' is not UTF-8"),
        tree(tmp_path / "x"),
    ):
        pass


def test_a_damaged_member_is_named(tmp_path):
    write_zip(tmp_path / "x.zip", "", FILES)
    content = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(content.replace(b"one", b"two", 1))
    with (
        tree(tmp_path / "x.zip") as found,
        pytest.raises(DataError, match=r"a/1\.txt in .*x\.zip cannot be read as a file: Bad CRC"),
    ):
        found.read("a/1.txt")
