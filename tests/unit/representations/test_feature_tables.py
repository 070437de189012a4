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
from rote.representations import feature_tables
from rote.representations.classes import load
from rote.representations.images import draw_images, load_drawn
from rote.representations.record import record_representations
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


def take(folder, drawn=None, **what):
    record_representations(
        checkpoints=folder / "checkpoints.parquet",
        images=folder / "train.parquet",
        drawn=drawn,
        labels=folder / "labels.parquet",
        output=folder / "taken" / "representations.parquet",
        what={"form": "pooled", "epochs": "last", **what},
        job=Job(0, "run", provenance={"params": {"code": "c"}}),
    )
    return folder / "taken" / "representations.parquet"


def listed(manifest):
    return {row["tap"]: row for row in tables.read(manifest, REPRESENTATION_FILES).to_pylist()}


def contents(manifest):
    return {path.name: path.read_bytes() for path in manifest.with_suffix("").iterdir()}


def table(manifest, tap, epoch="epoch_000005"):
    return manifest.with_suffix("") / f"{epoch}_{tap}.parquet"


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
    path = table(take(tmp_path, taps=["layer_2"]), "layer_2")
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
    stated = tables.provenance(table(take(tmp_path, taps=["layer_8"]), "layer_8"))
    assert (stated["tap"], stated["epoch"], stated["dimensions"]) == ("layer_8", 5, 16)
    assert stated["params"]["code"] == "c"


def test_every_epoch_asked_for_has_tables_of_its_own(tmp_path):
    write_run(tmp_path)
    manifest = take(tmp_path, epochs="all", taps=["layer_8"])
    rows = tables.read(manifest, REPRESENTATION_FILES).to_pylist()
    assert [(row["reference"], row["epoch"], row["tap"]) for row in rows] == [("own", e, "layer_8") for e in (0, 5)]
    first, last = (load(manifest.parent / row["file"]).values for row in rows)
    assert not np.allclose(first, last)
    alone = take(tmp_path, epochs=[5], taps=["layer_8"])
    assert np.array_equal(load(table(alone, "layer_8")).values, last)
    assert list(contents(alone)) == ["epoch_000005_layer_8.parquet"]


def test_unrelated_networks_stand_beside_the_run_s_own(tmp_path):
    write_run(tmp_path)
    manifest = take(tmp_path, taps=["layer_1"], unrelated_initialisations=2)
    rows = tables.read(manifest, REPRESENTATION_FILES).to_pylist()
    assert [(row["reference"], row["index"], row["epoch"]) for row in rows] == [
        ("unrelated", 1, 0), ("unrelated", 2, 0), ("own", 0, 5),
    ]  # fmt: skip
    values = [load(manifest.parent / row["file"]).values for row in rows]
    assert not np.allclose(values[0], values[1])


def test_flat_vectors_are_whole_outputs_whose_average_over_space_is_the_pooled_one(tmp_path):
    pixels, _ = write_run(tmp_path)
    pooled = load(table(take(tmp_path, taps=["layer_2", "input"]), "layer_2")).values
    manifest = take(tmp_path, taps=["layer_2", "input"], form="flat")
    flat = load(table(manifest, "layer_2")).values
    np.testing.assert_allclose(flat.reshape(*pooled.shape, -1).mean(-1), pooled, rtol=1e-4, atol=1e-5)
    images = (pixels / 255 - 0.4) / 0.3
    np.testing.assert_allclose(load(table(manifest, "input")).values, images.reshape(N, -1), rtol=1e-4, atol=1e-5)


def test_of_a_balanced_subset_examples_keep_their_numbers_and_values(tmp_path):
    write_run(tmp_path)
    drawn = tmp_path / "drawn.parquet"
    draw_images(tmp_path / "train.parquet", drawn, per_class=7, job=Job(0, "noise"))
    chosen = load_drawn(drawn).ravel()
    found = load(table(take(tmp_path, drawn=drawn), "layer_5"), "true_label")
    whole = load(table(take(tmp_path), "layer_5"), "true_label")
    assert np.array_equal(found.example, chosen)
    assert np.array_equal(found.label, whole.label[chosen])
    assert np.bincount(found.label).tolist() == [7] * 4
    np.testing.assert_allclose(found.values, whole.values[chosen], rtol=1e-4, atol=1e-5)


def test_the_size_of_blocks_does_not_change_the_values(tmp_path, monkeypatch):
    write_run(tmp_path)
    path = table(take(tmp_path, taps=["layer_8"]), "layer_8")
    whole = load(path).values
    path.unlink()
    monkeypatch.setattr(feature_tables, "BLOCK", 64)
    assert np.array_equal(load(table(take(tmp_path, taps=["layer_8"]), "layer_8")).values, whole)


def test_only_what_was_asked_for_lies_in_the_folder(tmp_path):
    write_run(tmp_path)
    take(tmp_path)
    manifest = take(tmp_path, taps=["layer_3", "layer_1"])
    assert sorted(contents(manifest)) == ["epoch_000005_layer_1.parquet", "epoch_000005_layer_3.parquet"]
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
    code = (
        f"from pathlib import Path; import {__name__} as t; t.feature_tables.BLOCK = 64\nt.take(Path({str(killed)!r}))"
    )
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
    with pytest.raises(DataError, match="tap layer_5 of epoch_000005: a representation holds a NaN"):
        take(tmp_path)
    assert [path for path in (tmp_path / "taken").rglob("*") if path.is_file()] == []


def test_an_unknown_tap_or_epoch_is_refused_before_anything_is_written(tmp_path):
    write_run(tmp_path)
    with pytest.raises(ConfigError, match="Did you mean layer_8"):
        take(tmp_path, taps=["layer8"])
    with pytest.raises(TrainingError, match="no checkpoint of epoch 3"):
        take(tmp_path, epochs=[3])
    assert not (tmp_path / "taken").exists()


def test_labels_of_other_images_are_refused(tmp_path):
    write_run(tmp_path)
    columns = tables.read(tmp_path / "labels.parquet", LABELS).to_pydict()
    columns["true_label"] = columns["true_label"][::-1]
    tables.write(tmp_path / "labels.parquet", LABELS, columns, {})
    with pytest.raises(DataError, match=r"labels\.parquet was made for other images"):
        take(tmp_path)
