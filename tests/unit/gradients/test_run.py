import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.errors import ConfigError, TrainingError
from rote.gradients.measure import norms
from rote.gradients.parts import label_parts
from rote.gradients.run import measure_label_parts
from rote.job import Job
from rote.models.batch_norm import recalibrate
from rote.seeds import Seeds
from rote.tables.gradients import LABEL_PARTS
from rote.training.calibration import calibration_batches
from rote.training.networks import open_network
from rote.training.seen import seen
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

RESNET = {"name": "preactivation_resnet18", "width": 2}
JOB = Job(3, "a run", provenance={"params": {"code": "c"}})


def write_run(folder, epochs=(0, 2, 3)):
    """Images, labels, a third of them permuted, and a network of its own for each epoch."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (60, *SHAPE), dtype=np.uint8)
    write_images(folder / "train.parquet", pixels, np.arange(60) % 4)
    given = np.where(np.arange(60) < 20, draw.integers(0, 4, 60), np.arange(60) % 4)
    write_labels(folder / "labels.parquet", np.arange(60) % 4, given, permuted=np.arange(60) < 20)
    write_checkpoints(folder, {epoch: network(RESNET, epoch) for epoch in epochs}, architecture=RESNET)


def measure(folder, job=JOB, **options):
    files = {name: folder / f"{name}.parquet" for name in ("checkpoints", "train", "labels")}
    measure_label_parts(**files, output=folder / "parts.parquet", how=options, job=job)
    return folder / "parts.parquet"


def measured(folder, **options):
    return tables.read(measure(folder, **options), LABEL_PARTS).to_pandas()


def examples(folder, subset=None):
    images = load_images(folder / "train.parquet")
    given = load_labels(folder / "labels.parquet", images.labels)
    return seen(subset, 60, Seeds(JOB.study_seed)).of(images, given, JOB.device)


@pytest.mark.parametrize("subset", [None, 45])
def test_norms_are_those_of_the_checkpoint_over_the_examples_that_the_run_saw(tmp_path, subset):
    write_run(tmp_path)
    found = measured(tmp_path, subset=subset).query("epoch == 2")
    opened = open_network(tmp_path / "checkpoints.parquet", 2)
    parts = label_parts(opened.model, examples(tmp_path, subset), opened.normalisation)
    assert parts.examples["all"] == (subset or 60)
    assert len(found) == len(parts.layers) * 3 * 2
    for row in found.itertuples():
        expected = norms(parts, row.group, row.layer, row.centred_by)
        assert (row.gradient, row.dependent, row.independent, row.cosine) == expected


def test_the_untrained_network_takes_statistics_of_the_examples(tmp_path):
    write_run(tmp_path)
    found = measured(tmp_path)
    assert dict(found.groupby("epoch")["statistics"].first()) == {0: "recalibrated", 2: "stored", 3: "stored"}
    opened, saw = open_network(tmp_path / "checkpoints.parquet", 0), examples(tmp_path)
    recalibrate(opened.model, calibration_batches(saw, opened.normalisation, JOB, 0))
    parts = label_parts(opened.model, saw, opened.normalisation)
    expected = [norms(parts, "all", layer, "none")[0] for layer in parts.layers]
    assert found.query("epoch == 0 and group == 'all' and centred_by == 'none'")["gradient"].tolist() == expected


@pytest.mark.parametrize(("epochs", "expected"), [("all", [0, 2, 3]), ("last", [3]), ([3, 0], [0, 3])])
def test_epochs_are_those_asked_for_in_order(tmp_path, epochs, expected):
    write_run(tmp_path)
    assert measured(tmp_path, epochs=epochs)["epoch"].unique().tolist() == expected


def test_an_epoch_without_a_checkpoint_or_an_unknown_word_is_refused_before_anything_is_written(tmp_path):
    write_run(tmp_path)
    with pytest.raises(TrainingError, match=r"no checkpoint of epoch 1\. Name epochs of the recipe's grid"):
        measure(tmp_path, epochs=[0, 1])
    with pytest.raises(ConfigError, match="unknown epochs: 'first'"):
        measure(tmp_path, epochs="first")
    assert not (tmp_path / "parts").exists()
    assert not (tmp_path / "parts.parquet").exists()


@pytest.mark.slow
def test_a_job_killed_midway_goes_on_and_ends_with_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        write_run(folder, epochs=range(12))
    code = f"from pathlib import Path; from {__name__} import measure; measure(Path({str(killed)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    while process.poll() is None and len(list((killed / "parts").glob("epoch_*"))) < 3:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = list((killed / "parts").glob("epoch_*"))
    assert 3 <= len(kept) < 12
    assert not (killed / "parts.parquet").exists()
    for epoch in range(3):  # what is done is read from no checkpoint again
        (killed / f"checkpoints/epoch_{epoch:06d}.safetensors").unlink()
    assert measure(killed).read_bytes() == measure(whole).read_bytes()
    assert not (killed / "parts").exists()


def test_epochs_done_by_other_code_are_measured_again(tmp_path):
    write_run(tmp_path)
    (tmp_path / "checkpoints/epoch_000003.safetensors").rename(tmp_path / "away")
    with pytest.raises(TrainingError, match="dropped"):
        measure(tmp_path)
    for epoch in (0, 2):
        (tmp_path / f"checkpoints/epoch_{epoch:06d}.safetensors").unlink()
    (tmp_path / "away").rename(tmp_path / "checkpoints/epoch_000003.safetensors")
    with pytest.raises(TrainingError, match=r"epoch_000000\.safetensors was dropped"):
        measure(tmp_path, job=Job(3, "a run", provenance={"params": {"code": "other"}}))
    assert set(measured(tmp_path)["epoch"]) == {0, 2, 3}
