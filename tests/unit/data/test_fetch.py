"""Finding, downloading and verifying published files, and every way in which that fails."""

import gzip
import hashlib
import re
import socket

import numpy as np
import pytest

from rote import tables
from rote.data.datasets import tiny_imagenet
from rote.data.fetch import fetch, files
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.tables.data import SOURCES
from tests.unit.data.data_files import PROVENANCE, snapshot


@pytest.fixture
def fetched(tmp_path):
    """Fetch into a folder of this test: the manifest's rows by file."""

    def run(name, data_root=None):
        manifest = tmp_path / "results" / "manifest.parquet"
        fetch(
            name, data_root=data_root, folder=tmp_path / "downloads", job=Job(provenance=PROVENANCE), manifest=manifest
        )
        return {row["file"]: row for row in tables.read(manifest, SOURCES).to_pylist()}

    return run


@pytest.fixture
def online(idx, server, monkeypatch):
    """Small MNIST files that a server offers."""
    server.files = {f"/{file.name}": file.read_bytes() for file in idx.folder.iterdir()}
    monkeypatch.setattr(idx.published, "mirrors", [server.url])
    return idx


def test_files_on_disk_are_used_in_place_and_the_data_root_stays_untouched(idx, fetched, tmp_path):
    idx.folder.chmod(0o555)
    before = snapshot(idx.root)
    rows = fetched(idx.name, idx.root)
    assert {row["path"] for row in rows.values()} == {str(file) for file in idx.folder.iterdir()}
    assert all(row["published"] for row in rows.values())
    assert snapshot(idx.root) == before
    assert not (tmp_path / "downloads").exists()
    idx.folder.chmod(0o755)


def test_the_manifest_records_size_and_checksum(idx, fetched):
    for row in fetched(idx.name, idx.root).values():
        content = (idx.root / row["file"]).read_bytes()
        assert row["bytes"] == len(content)
        assert row["checksum"] == hashlib.new(row["algorithm"], content).hexdigest()


def test_a_set_made_on_the_spot_needs_no_file(fetched):
    assert fetched("digits") == {}
    assert fetched("spheres") == {}


def test_what_is_not_on_disk_is_downloaded(online, fetched, tmp_path):
    rows = fetched(online.name)
    for file in rows:
        assert (tmp_path / "downloads" / file).read_bytes() == (online.root / file).read_bytes()


def test_an_archive_is_downloaded_and_read(cifar, converted, server, monkeypatch):
    archive = cifar.archive_root / cifar.published.filename
    server.files = {f"/{archive.name}": archive.read_bytes()}
    monkeypatch.setattr(cifar.published, "url", f"{server.url}{archive.name}")
    np.testing.assert_array_equal(converted(cifar.name).test.images, cifar.images["test"])


def test_a_zip_archive_is_downloaded_and_read(tiny, converted, server, monkeypatch, tmp_path):
    archive = tiny.root("zip") / "tiny-imagenet-200.zip"
    server.files = {"/tiny.zip": archive.read_bytes()}
    monkeypatch.setattr(tiny_imagenet.DataSet, "url", f"{server.url}tiny.zip")
    archive.unlink()
    np.testing.assert_array_equal(converted("tiny_imagenet").test.images[0], tiny.images["val/images/val_0.JPEG"])


def test_a_second_mirror_serves_when_the_first_fails(online, fetched, server, monkeypatch):
    monkeypatch.setattr(online.published, "mirrors", [f"{server.url}gone/", server.url])
    assert len(fetched(online.name)) == 4


def test_a_fetch_after_an_interrupted_one_downloads_only_what_is_missing(online, fetched, server):
    last = online.published.resources[-1][0]
    content = server.files.pop(f"/{last}")
    with pytest.raises(DataError, match=last):
        fetched(online.name)
    server.files[f"/{last}"] = content
    server.requests.clear()
    fetched(online.name)
    assert server.requests == [f"/{last}"]


@pytest.mark.parametrize(
    ("fault", "message"), [("cut", r"ended after \d+ of \d+ bytes"), ("flip", "has the md5 checksum")]
)
def test_a_spoiled_transfer_is_one_clear_error_and_leaves_nothing(online, fetched, server, tmp_path, fault, message):
    file = online.published.resources[0][0]
    getattr(server, fault).add(f"/{file}")
    with pytest.raises(DataError, match=rf"'{online.name}'.*{file}.*{message}.*data_root"):
        fetched(online.name)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and online.root not in path.parents] == []


def test_without_a_network_the_error_says_what_was_looked_for_where_and_what_to_do(idx, fetched, tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(idx.published, "mirrors", [f"http://127.0.0.1:{port}/"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError) as raised:
        fetched(idx.name, empty)
    for part in (repr(idx.name), "train-images-idx3-ubyte.gz", str(empty), str(tmp_path / "downloads"), "data_root"):
        assert part in str(raised.value)
    assert not (tmp_path / "results").exists()


def test_a_set_without_a_public_address_asks_for_a_data_root(mini, fetched):
    with pytest.raises(DataError, match=r"'mini_imagenet'.*mini-imagenet.zip.*cannot be downloaded.*data_root"):
        fetched("mini_imagenet")


def test_a_wrong_checksum_on_disk_names_the_file_and_the_remedy(idx, fetched, tmp_path):
    file = idx.folder / idx.published.resources[2][0]
    file.write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataError, match=rf"{re.escape(str(file))} has the md5 checksum .* replace it"):
        fetched(idx.name, idx.root)
    assert not (tmp_path / "results").exists()


def test_a_truncated_archive_on_disk_is_refused(cifar, fetched):
    archive = cifar.archive_root / cifar.published.filename
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(DataError, match=rf"{archive.name} has the md5 checksum .* damaged or incomplete"):
        fetched(cifar.name, cifar.archive_root)


def test_a_truncated_archive_without_a_checksum_is_refused(mini, fetched):
    root = mini.root(mini.folders, "mini-imagenet/")
    archive = root / "mini-imagenet.zip"
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(DataError, match=rf"{archive.name} cannot be read as a zip archive"):
        fetched("mini_imagenet", root)


def test_a_folder_is_recorded_by_its_listing_as_not_published(tiny, fetched):
    (row,) = fetched("tiny_imagenet", tiny.root()).values()
    assert (row["algorithm"], row["published"]) == ("listing", False)
    assert row["bytes"] == sum(map(len, tiny.files.values()))


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_a_file_that_changed_after_it_was_verified_is_refused(idx, fetched, tmp_path, change):
    fetched(idx.name, idx.root)
    manifest = tmp_path / "results" / "manifest.parquet"
    assert len(files(manifest)) == 4
    file = idx.folder / idx.published.resources[1][0]
    file.unlink() if change == "gone" else file.write_bytes(b"changed")
    with pytest.raises(DataError, match=rf"{file.name} has gone or changed .* Delete .*manifest"):
        files(manifest)


def test_a_folder_that_lost_an_image_after_it_was_verified_is_refused(tiny, fetched, tmp_path):
    root = tiny.root()
    fetched("tiny_imagenet", root)
    (root / "tiny-imagenet-200" / "val/images/val_0.JPEG").unlink()
    with pytest.raises(DataError, match="has gone or changed"):
        files(tmp_path / "results" / "manifest.parquet")


def test_a_data_root_that_is_no_folder_is_refused(fetched, tmp_path):
    with pytest.raises(ConfigError, match=r"data_root is .*nowhere"):
        fetched("mnist", tmp_path / "nowhere")


def test_an_unknown_data_set_is_refused_with_the_known_ones(fetched):
    with pytest.raises(ConfigError, match=r"no data set 'mnits': choose one of .*mnist"):
        fetched("mnits")
