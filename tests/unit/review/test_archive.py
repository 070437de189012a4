import hashlib
import json
import os
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rote import tables
from rote.errors import RoteError
from rote.review.archive import CHECKSUMS, ArchiveError, read_archive, write_archive
from rote.tables import Column, Schema

SCHEMA = Schema("numbers", (Column("x", pa.int64(), "a number"),))
RESULTS = Path("results/small")
TABLES = ("a.parquet", "deep/b.parquet")


def record_of(root, path):
    name = urlsafe_b64encode(path.encode()).decode()
    return root / ".snakemake/metadata" / name


@pytest.fixture
def root(tmp_path):
    """A folder in which a study was run: b was made of a."""
    root = tmp_path / "here"
    for number, name in enumerate(TABLES):
        tables.write(root / RESULTS / name, SCHEMA, {"x": np.arange(number, 100)}, {"rule": "count"})
        os.utime(root / RESULTS / name, (1000 + number, 1000 + number))
    (root / RESULTS / "figures").mkdir()
    (root / RESULTS / "figures/plot.svg").write_text("<svg/>")
    (root / RESULTS / "runs/k/checkpoints").mkdir(parents=True)
    (root / RESULTS / "runs/k/checkpoints/epoch_1.safetensors").write_bytes(b"large")
    for name in TABLES:
        record = record_of(root, f"{RESULTS}/{name}")
        record.parent.mkdir(parents=True, exist_ok=True)
        inputs = [f"{RESULTS}/a.parquet"] if name != "a.parquet" else []
        record.write_text(json.dumps({"rule": "count", "input": inputs, "endtime": 1.7e9}))
    return root


@pytest.fixture
def archive(root, tmp_path):
    write_archive(RESULTS, tmp_path / "small.zip", root=root)
    return tmp_path / "small.zip"


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewritten(archive, change):
    """The archive with other files: a mapping of names to contents, changed in place."""
    with zipfile.ZipFile(archive) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    change(contents)
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return archive


def with_sum(contents, name, content):
    contents[name] = content
    contents[CHECKSUMS] += f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()


def assert_refused(archive, elsewhere, match):
    with pytest.raises(RoteError, match=match):
        read_archive(archive, root=elsewhere)
    assert not files(elsewhere)


def test_what_is_archived_is_read_back_to_the_byte_without_checkpoints(root, archive, elsewhere):
    assert read_archive(archive, root=elsewhere) == RESULTS
    kept = {path: content for path, content in files(root).items() if "checkpoints" not in path}
    assert files(elsewhere) == kept
    assert not list(elsewhere.glob(".archive_*"))


def test_checkpoints_are_archived_on_request(root, tmp_path, elsewhere):
    write_archive(RESULTS, tmp_path / "all.zip", root=root, checkpoints=True)
    read_archive(tmp_path / "all.zip", root=elsewhere)
    assert files(elsewhere) == files(root)


def test_no_file_that_was_read_is_newer_than_another(archive, elsewhere):
    read_archive(archive, root=elsewhere)
    assert len({path.stat().st_mtime_ns for path in elsewhere.rglob("*") if path.is_file()}) == 1


def test_the_bytes_of_an_archive_follow_from_its_contents(root, archive, tmp_path):
    os.utime(root / RESULTS / "figures/plot.svg", (5000, 5000))
    write_archive(RESULTS, tmp_path / "again.zip", root=root)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_every_file_is_described_with_size_and_checksum(root, archive):
    with zipfile.ZipFile(archive) as file:
        crate = json.loads(file.read("ro-crate-metadata.json"))
        sums = dict(line.split("  ")[::-1] for line in file.read(CHECKSUMS).decode().splitlines())
        assert set(file.namelist()) == {*sums, CHECKSUMS}
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert entities["ro-crate-metadata.json"]["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    assert entities["ro-crate-metadata.json"]["about"]["@id"] == "./"
    described = {part["@id"] for part in entities["./"]["hasPart"]}
    assert described == set(sums) - {"ro-crate-metadata.json"}
    assert entities["./"]["datePublished"] == "2023-11-14"
    for path in described:
        content = (root / path).read_bytes()
        assert entities[path]["contentSize"] == str(len(content))
        assert entities[path]["sha256"] == sums[path] == hashlib.sha256(content).hexdigest()
    assert entities["#pyarrow"]["softwareVersion"] == pa.__version__


def test_an_altered_byte_anywhere_is_refused(archive, elsewhere):
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        starts = [entry.header_offset + 30 + len(entry.filename) + 25 for entry in file.infolist()]
    for start in starts:
        content = bytearray(whole)
        content[start] ^= 1
        archive.write_bytes(content)
        assert_refused(archive, elsewhere, "cannot be read|damaged|does not hold|no path|no checksums")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(archive, elsewhere, share):
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    assert_refused(archive, elsewhere, r"small\.zip cannot be read as an archive of results: .*Fetch it again")


def test_an_altered_file_with_its_old_checksum_is_refused(archive, elsewhere):
    name = f"{RESULTS}/figures/plot.svg"
    assert_refused(rewritten(archive, lambda contents: contents.update({name: b"<SVG/>"})), elsewhere, "plot.svg")


def test_a_missing_file_is_refused(archive, elsewhere):
    name = f"{RESULTS}/figures/plot.svg"
    assert_refused(rewritten(archive, lambda contents: contents.pop(name)), elsewhere, "plot.svg")


def test_a_file_without_a_checksum_is_refused(archive, elsewhere):
    name = f"{RESULTS}/more.txt"
    assert_refused(rewritten(archive, lambda contents: contents.update({name: b"more"})), elsewhere, "more.txt")


@pytest.mark.parametrize(
    "name",
    [
        "results/small/../../../outside.txt",
        "../outside.txt",
        "/tmp/outside.txt",
        "Snakefile",
        "src/rote/job.py",
        ".snakemake/metadata/../../Snakefile",
        ".snakemake/scripts/x.py",
        "results//small/x",
        "results/small\\..\\x",
    ],
)
def test_paths_outside_a_studys_results_are_refused(archive, elsewhere, name):
    assert_refused(rewritten(archive, lambda contents: with_sum(contents, name, b"bad")), elsewhere, "no path|studies")


def test_results_of_two_studies_are_refused(archive, elsewhere):
    name = "results/other/x.txt"
    assert_refused(rewritten(archive, lambda contents: with_sum(contents, name, b"bad")), elsewhere, "2 studies")


def test_results_that_are_there_already_stay(archive, root):
    before = files(root)
    with pytest.raises(ArchiveError, match="there already"):
        read_archive(archive, root=root)
    assert files(root) == before


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(RoteError, match=r"none\.zip cannot be read .*: No such file"):
        read_archive(tmp_path / "none.zip", root=tmp_path)


def test_results_older_than_what_they_were_made_from_are_not_archived(root, tmp_path):
    os.utime(root / RESULTS / "a.parquet", (3000, 3000))
    with pytest.raises(ArchiveError, match=r"deep/b\.parquet is older than .*a\.parquet"):
        write_archive(RESULTS, tmp_path / "old.zip", root=root)
    assert not (tmp_path / "old.zip").exists()


def test_results_that_snakemake_does_not_know_are_not_archived(root, tmp_path):
    for path in (root / ".snakemake/metadata").iterdir():
        path.unlink()
    with pytest.raises(ArchiveError, match="records"):
        write_archive(RESULTS, tmp_path / "unknown.zip", root=root)


@pytest.mark.parametrize("results", ["src", "results", "results/small/deep", "/tmp"])
def test_only_a_studys_folder_is_archived(root, tmp_path, results):
    with pytest.raises(RoteError, match="results/NAME"):
        write_archive(Path(results), tmp_path / "x.zip", root=root)
