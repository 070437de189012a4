import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from torch import nn

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.errors import ConfigError, TrainingError
from rote.job import Job
from rote.models.layers import layers_with_weights
from rote.rewinding import run
from rote.rewinding.rewound import rewind
from rote.rewinding.run import rewind_layers
from rote.tables.rewinding import REWINDING
from rote.training.examples import Examples
from rote.training.networks import open_network
from tests.unit.small_networks import PLAIN, SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

MLP = {"name": "mlp", "depth": 2, "width": 6}
JOB = Job(3, "a run", provenance={"params": {"code": "c"}})


def write_run(folder, epochs=(0, 2, 3), architecture=PLAIN):
    """Images, labels, a third of them permuted, and a network of its own for each epoch."""
    draw = np.random.default_rng(0)
    for split, n in (("train", 60), ("test", 40)):
        pixels = draw.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
        write_images(folder / f"{split}.parquet", pixels, np.arange(n) % 4, split=split)
    given = np.where(np.arange(60) < 20, draw.integers(0, 4, 60), np.arange(60) % 4)
    write_labels(folder / "labels.parquet", np.arange(60) % 4, given, permuted=np.arange(60) < 20)
    networks = {epoch: network(architecture, epoch) for epoch in epochs}
    write_checkpoints(folder, networks, architecture=architecture)


def set_back(folder, job=JOB, **options):
    files = {name: folder / f"{name}.parquet" for name in ("checkpoints", "train", "test", "labels")}
    rewind_layers(**files, output=folder / "back.parquet", how=options, job=job)
    return folder / "back.parquet"


def rewound(folder, **options):
    return tables.read(set_back(folder, **options), REWINDING).to_pandas()


def test_accuracies_are_those_of_the_last_network_with_each_convolution_set_back(tmp_path):
    write_run(tmp_path)
    found = rewound(tmp_path, train_share=1)
    opened = {epoch: open_network(tmp_path / "checkpoints.parquet", epoch) for epoch in (0, 2, 3)}
    train, test = (load_images(tmp_path / f"{split}.parquet") for split in ("train", "test"))
    labels = load_labels(tmp_path / "labels.parquet", train.labels)
    training = Examples.on(JOB.device, train.images, labels.train_label, labels.true_label, labels.permuted)
    states = [(epoch, one.model.state_dict()) for epoch, one in opened.items()]
    model, normalisation = open_network(tmp_path / "checkpoints.parquet").model, opened[3].normalisation
    tested = Examples.on(JOB.device, test.images, test.labels)
    expected = rewind(model, states, training, tested, normalisation, seeds=JOB)

    convolutions = [path for path in expected.layers if isinstance(model.get_submodule(path), nn.Conv2d)]
    assert len(convolutions) < len(expected.layers)
    assert len(found) == len(convolutions) * 3 * 5
    assert list(dict.fromkeys(found["layer"])) == convolutions
    for row in found.itertuples():
        place = expected.layers.index(row.layer), expected.epochs.index(row.epoch)
        assert row.accuracy == expected.correct[row.group][place] / row.examples
        assert row.unchanged_accuracy == expected.unchanged[row.group] / row.examples


def test_all_layers_go_back_if_asked_for_and_in_a_network_without_convolutions(tmp_path):
    for folder, architecture in ((tmp_path / "plain", PLAIN), (tmp_path / "mlp", MLP)):
        folder.mkdir()
        write_run(folder, architecture=architecture)
        every = list(layers_with_weights(network(architecture, 0), SHAPE))
        assert rewound(folder, layers="all")["layer"].unique().tolist() == every
    assert rewound(tmp_path / "mlp")["layer"].unique().tolist() == every


def test_batch_norms_are_treated_in_each_way_asked_for_and_once_where_there_are_none(tmp_path):
    ways = ("with_layer", "stays", "recalibrated")
    for folder, architecture in ((tmp_path / "plain", PLAIN), (tmp_path / "mlp", MLP)):
        folder.mkdir()
        write_run(folder, architecture=architecture)
    assert rewound(tmp_path / "plain", batch_norm=ways)["batch_norm"].unique().tolist() == list(ways)
    found = rewound(tmp_path / "mlp", batch_norm=ways)
    assert found["batch_norm"].unique().tolist() == ["none"]
    assert not found.duplicated(["layer", "epoch", "group"]).any()


def test_another_network_than_the_last_is_set_back_to_epochs_up_to_its_own(tmp_path):
    write_run(tmp_path)
    found = rewound(tmp_path, network=2)
    assert found["epoch"].unique().tolist() == [0, 2]
    own = found[found["epoch"] == 2]
    assert (own["accuracy"] == own["unchanged_accuracy"]).all()


def test_a_share_of_the_training_images_that_the_run_saw_is_classified_the_same_at_each_call(tmp_path):
    write_run(tmp_path)
    sizes = rewound(tmp_path, subset=40, train_share=0.25).groupby("group")["examples"].unique()
    assert sizes["train"].tolist() == [10]
    assert sizes["permuted"].item() + sizes["unpermuted"].item() == 10
    assert sizes["test"].tolist() == [40]
    before = set_back(tmp_path, train_share=0.25).read_bytes()
    assert set_back(tmp_path, train_share=0.25).read_bytes() == before


@pytest.mark.parametrize("batch_norm", ["with_layer", "recalibrated"])
def test_accuracies_do_not_depend_on_how_many_epochs_share_a_part(tmp_path, monkeypatch, batch_norm):
    write_run(tmp_path, epochs=range(5))
    together = rewound(tmp_path, batch_norm=[batch_norm])
    monkeypatch.setattr(run, "TOGETHER", 2)
    keys = ["layer", "epoch", "group"]
    apart = rewound(tmp_path, batch_norm=[batch_norm])
    assert apart.set_index(keys).sort_index().equals(together.set_index(keys).sort_index())


def test_bad_options_are_refused_before_anything_is_written(tmp_path):
    write_run(tmp_path)
    for options, error, says in (
        ({"layers": "some"}, ConfigError, "unknown rewinding.layers: 'some'"),
        ({"train_share": 0}, ConfigError, "rewinding.train_share must be above 0"),
        ({"epochs": [1]}, TrainingError, r"no checkpoint of epoch 1\. Name"),
        ({"network": 1}, TrainingError, "no checkpoint of epoch 1; the nearest"),
    ):
        with pytest.raises(error, match=says):
            set_back(tmp_path, **options)
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "back.parquet").exists()


@pytest.mark.slow
def test_a_job_killed_midway_goes_on_and_ends_with_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        write_run(folder, epochs=range(48))
    code = f"from pathlib import Path; from {__name__} import set_back; set_back(Path({str(killed)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    while process.poll() is None and len(list((killed / "back").glob("with_layer_*"))) < 3:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 3 <= len(list((killed / "back").glob("with_layer_*"))) < 6
    assert not (killed / "back.parquet").exists()
    for epoch in range(16):  # what is done is read from no checkpoint again
        (killed / f"checkpoints/epoch_{epoch:06d}.safetensors").unlink()
    assert set_back(killed).read_bytes() == set_back(whole).read_bytes()
    assert not (killed / "back").exists()
