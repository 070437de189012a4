"""Conversion: both tables or none, the same bytes every time, within bounded memory."""

import signal
import subprocess
import sys

import pytest

from rote import tables
from rote.data.convert import convert
from rote.data.images import load_images, read_header
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.tables.data import SOURCES, images
from tests.unit.data.data_files import PROVENANCE


@pytest.fixture
def manifest(tmp_path):
    """The manifest of a set that is made on the spot."""
    tables.write(tmp_path / "manifest.parquet", SOURCES, {c.name: [] for c in SOURCES.columns}, PROVENANCE)
    return tmp_path / "manifest.parquet"


def converted_to(folder, manifest, name="digits", seed=0, **options):
    train, test = folder / "train.parquet", folder / "test.parquet"
    convert(name, options, manifest=manifest, train=train, test=test, job=Job(seed, name, provenance=PROVENANCE))
    return train, test


def test_a_repeated_conversion_gives_the_same_bytes(tmp_path, manifest):
    first = converted_to(tmp_path / "first", manifest)
    second = converted_to(tmp_path / "second", manifest)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_study_seed_cuts_otherwise(tmp_path, manifest):
    _, first = converted_to(tmp_path / "first", manifest)
    _, second = converted_to(tmp_path / "second", manifest, seed=1)
    assert (load_images(first).images != load_images(second).images).any()


def test_a_table_says_all_that_a_reader_needs(tmp_path, manifest):
    for path, split in zip(converted_to(tmp_path, manifest), ("train", "test"), strict=True):
        header = read_header(path)
        assert (header.name, header.split, header.shape) == ("digits", split, (8, 8, 1))
        assert header.classes == tuple("0123456789")
        assert len(header.mean) == len(header.std) == 1
        assert "CC BY 4.0" in header.licence
        assert tables.provenance(path)["code"] == PROVENANCE["code"]


def test_blocks_join_without_a_seam(tmp_path, manifest, monkeypatch):
    whole = load_images(converted_to(tmp_path / "whole", manifest)[0])
    monkeypatch.setattr("rote.data.convert.BLOCK", 64 * 100)
    path = converted_to(tmp_path / "blocks", manifest)[0]
    assert (load_images(path).images == whole.images).all()
    assert (load_images(path).labels == whole.labels).all()
    example = tables.read(path, images((8, 8, 1)))["example"].to_pylist()
    assert example == list(range(len(whole.labels)))


def test_a_failure_in_the_second_table_leaves_neither(tiny, converted, tmp_path):
    tiny.files["val/images/val_5.JPEG"] = b"no image"
    with pytest.raises(DataError, match="val_5"):
        converted("tiny_imagenet", tiny.root())
    assert not list(tmp_path.rglob("train.parquet"))
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"raduis": 5}, "no option 'raduis': allowed are radius, dimension"),
        ({"radius": "5"}, "'radius' of data set 'spheres' is '5'"),
        ({"dimension": 2.5}, "'dimension' of data set 'spheres' is 2.5"),
        ({"classes": True}, "'classes' of data set 'spheres' is True"),
    ],
)
def test_an_option_that_is_unknown_or_no_number_is_refused(tmp_path, manifest, options, message):
    with pytest.raises(ConfigError, match=message):
        converted_to(tmp_path / "out", manifest, "spheres", **options)
    assert not (tmp_path / "out").exists()


def in_a_process(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


FULL_DISK = """
import resource, sys
from pathlib import Path
from rote.data.convert import convert
from rote.errors import RoteError
from rote.job import Job
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
folder = Path(sys.argv[1])
try:
    convert("spheres", {"classes": 20}, manifest=folder / "manifest.parquet", train=folder / "train.parquet",
            test=folder / "test.parquet", job=Job(0, "spheres"))
except RoteError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("limit", [100_000, 2_000_000])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path, manifest, limit):
    done = in_a_process(FULL_DISK, tmp_path, limit)
    assert done.returncode == 1
    assert f"cannot write {tmp_path}/t" in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.parquet"]


KILLED = """
import os, signal, sys
from pathlib import Path
import rote.data.convert
from rote.job import Job
from rote.tables import Writer
rote.data.convert.BLOCK = 50_000
append, appended = Writer.append, []
def append_then_die(self, columns):
    append(self, columns)
    appended.append(columns)
    if len(appended) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
Writer.append = append_then_die
folder = Path(sys.argv[1])
rote.data.convert.convert("spheres", {"classes": 2}, manifest=folder / "manifest.parquet", job=Job(0, "spheres"),
                          train=folder / "train.parquet", test=folder / "test.parquet")
"""


def test_a_killed_conversion_leaves_no_table(tmp_path, manifest):
    assert in_a_process(KILLED, tmp_path).returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["manifest.parquet"]


PEAK = """
import io, resource, sys, zipfile
from pathlib import Path
import numpy as np
from PIL import Image
from rote.data.convert import convert
from rote.data.datasets.mini_imagenet import DataSet
from rote.data.fetch import fetch
from rote.job import Job
folder, DataSet.n_classes, DataSet.per_class = Path(sys.argv[1]), 10, int(sys.argv[2])
buffer = io.BytesIO()
image = Image.fromarray(np.random.default_rng(0).integers(256, size=(84, 84, 3), dtype=np.uint8))
image.save(buffer, "PNG", compress_level=0)
folder.mkdir()
with zipfile.ZipFile(folder / "mini-imagenet.zip", "w") as archive:
    for i in range(10 * DataSet.per_class):
        archive.writestr(f"train/n{i % 10}/{i}.jpg", buffer.getvalue())
manifest = folder / "manifest.parquet"
fetch("mini_imagenet", data_root=folder, folder=folder, job=Job(), manifest=manifest)
convert("mini_imagenet", {}, manifest=manifest, train=folder / "train.parquet", test=folder / "test.parquet",
        job=Job(0, "mini_imagenet"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_images(tmp_path):
    """240 and 1,200 images per class: 51 and 254 MB of pixels; a block is 16 MiB."""
    small = in_a_process(PEAK, tmp_path / "small", 240)
    large = in_a_process(PEAK, tmp_path / "large", 1200)
    growth = int(large.stdout) - int(small.stdout)
    assert growth < 80e6
