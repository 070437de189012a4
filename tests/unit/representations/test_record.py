import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.files import checksum
from rote.job import Job
from rote.models.taps import pooled_representations
from rote.representations import record
from rote.representations.classes import load
from rote.tables.data import LABELS
from rote.tables.representations import REPRESENTATION_FILES
from rote.training.inputs import Normalisation
from tests.unit.small_networks import PLAIN, SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

N = 150
MIXER = {"name": "pretrained_mlp_mixer", "patch_size": 4, "layers": 2, "hidden_size": 6, "input_size": 8}


def write_run(folder, architecture=PLAIN, networks=None, n=N):
    """Images, labels and checkpoints of epochs 0 and 5; give the images (N, H, W, C) and the networks."""
    pixels, example = np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8), np.arange(n)
    write_images(folder / "train.parquet", pixels, example % 4, mean=(0.4,))
    write_labels(folder / "labels.parquet", example % 4, example % 3, order=slice(None, None, -1))
    networks = [network(architecture, seed) for seed in (0, 1)] if networks is None else networks
    write_checkpoints(folder, dict(zip((0, 5), networks, strict=True)), architecture=architecture, mean=(0.4,))
    return pixels, networks


def take(folder, **options):
    record.record_class_representations(
        checkpoints=folder / "checkpoints.parquet",
        train=folder / "train.parquet",
        labels=folder / "labels.parquet",
        output=folder / "taken" / "representations.parquet",
        job=Job(provenance={"code": "c"}),
        **options,
    )
    return folder / "taken" / "representations.parquet"


def listed(manifest):
    return {row["tap"]: row for row in tables.read(manifest, REPRESENTATION_FILES).to_pylist()}


def contents(manifest):
    return {path.name: path.read_bytes() for path in manifest.with_suffix("").iterdir()}


@pytest.mark.parametrize("architecture", [PLAIN, MIXER], ids=lambda architecture: architecture["name"])
def test_every_example_has_its_pooled_representation_at_every_tap(tmp_path, architecture):
    pixels, networks = write_run(tmp_path, architecture)
    manifest = take(tmp_path)
    inputs = Normalisation([0.4], [0.3], torch.device("cpu"))(torch.from_numpy(pixels))
    expected = pooled_representations(networks[1], inputs)
    assert list(listed(manifest)) == list(networks[1].taps)
    for tap, row in listed(manifest).items():
        found = load(manifest.parent / row["file"])
        assert np.array_equal(found.example, np.arange(N))
        np.testing.assert_allclose(found.values, expected[tap], rtol=1e-4, atol=1e-5)


def test_labels_of_training_and_published_ones_are_joined_by_example(tmp_path):
    write_run(tmp_path)
    path = take(tmp_path, taps=["layer_2"]).with_suffix("") / "layer_2.parquet"
    assert np.array_equal(load(path).label, np.arange(N) % 3)
    assert np.array_equal(load(path, "true_label").label, np.arange(N) % 4)


def test_the_manifest_tells_size_and_checksum_of_every_table(tmp_path):
    write_run(tmp_path)
    manifest = take(tmp_path)
    for row in listed(manifest).values():
        path = manifest.parent / row["file"]
        assert (row["bytes"], row["checksum"]) == (path.stat().st_size, checksum(path))
        assert (row["examples"], row["dimensions"]) == load(path).values.shape
    widths = [row["dimensions"] for row in listed(manifest).values()]
    assert widths == [2, 2, 4, 4, 8, 8, 16, 16, 4]


def test_tables_tell_tap_epoch_and_origin(tmp_path):
    write_run(tmp_path)
    stated = tables.provenance(take(tmp_path, taps=["layer_8"]).with_suffix("") / "layer_8.parquet")
    assert (stated["tap"], stated["epoch"], stated["dimensions"], stated["code"]) == ("layer_8", 5, 16, "c")


def test_the_last_checkpoint_is_taken_unless_an_epoch_is_asked_for(tmp_path):
    write_run(tmp_path)
    last, asked, first = (contents(take(tmp_path, epoch=epoch)) for epoch in (None, 5, 0))
    assert last == asked
    assert all(last[name] != first[name] for name in last)


def test_the_size_of_blocks_does_not_change_the_values(tmp_path, monkeypatch):
    write_run(tmp_path)
    path = take(tmp_path, taps=["layer_8"]).with_suffix("") / "layer_8.parquet"
    whole = load(path).values
    monkeypatch.setattr(record, "BLOCK", 64)
    assert np.array_equal(load(take(tmp_path, taps=["layer_8"]).with_suffix("") / path.name).values, whole)


def test_only_what_was_asked_for_lies_in_the_folder(tmp_path):
    write_run(tmp_path)
    take(tmp_path)
    manifest = take(tmp_path, taps=["layer_3", "layer_1"])
    assert sorted(contents(manifest)) == ["layer_1.parquet", "layer_3.parquet"]
    assert list(listed(manifest)) == ["layer_1", "layer_3"]


def test_repeating_changes_no_byte(tmp_path):
    write_run(tmp_path)
    manifest = take(tmp_path)
    first = manifest.read_bytes(), contents(manifest)
    take(tmp_path)
    assert (manifest.read_bytes(), contents(manifest)) == first


def test_a_job_killed_midway_leaves_nothing_that_looks_whole_and_repeats_to_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        write_run(folder, n=3000)
    code = f"from pathlib import Path; import {__name__} as t; t.record.BLOCK = 64\nt.take(Path({str(killed)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    started = killed / "taken" / "representations"
    while process.poll() is None and not any(path.stat().st_size > 10_000 for path in started.glob(".*.part")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert list(started.glob(".*.part"))
    assert not list(started.glob("[!.]*"))
    assert not (killed / "taken" / "representations.parquet").exists()
    again, expected = take(killed), take(whole)
    assert again.read_bytes() == expected.read_bytes()
    assert contents(again) == contents(expected)


def test_a_network_that_diverged_is_named_and_nothing_is_written(tmp_path):
    networks = [network(PLAIN, seed) for seed in (0, 1)]
    networks[1].layers[4][1].bias.data.fill_(torch.nan)
    write_run(tmp_path, networks=networks)
    with pytest.raises(DataError, match="tap layer_5 of epoch 5: a representation holds a NaN"):
        take(tmp_path)
    assert [path for path in (tmp_path / "taken").rglob("*") if path.is_file()] == []


def test_an_unknown_tap_or_epoch_is_refused_before_anything_is_written(tmp_path):
    write_run(tmp_path)
    with pytest.raises(ConfigError, match="Did you mean layer_8"):
        take(tmp_path, taps=["layer8"])
    with pytest.raises(TrainingError, match="no checkpoint of epoch 3"):
        take(tmp_path, epoch=3)
    assert not (tmp_path / "taken").exists()


def test_labels_of_other_images_are_refused(tmp_path):
    write_run(tmp_path)
    columns = tables.read(tmp_path / "labels.parquet", LABELS).to_pydict()
    columns["true_label"] = columns["true_label"][::-1]
    tables.write(tmp_path / "labels.parquet", LABELS, columns, {})
    with pytest.raises(DataError, match=r"labels\.parquet was made for other images"):
        take(tmp_path)
