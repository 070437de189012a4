import numpy as np
import pytest

from rote import tables
from rote.data.images import load_images
from rote.job import Job
from rote.subspaces.retrain import Given, retrain
from rote.subspaces.split import split_test
from rote.tables.masc import RETRAINING, TEST_PARTS, settled_epoch
from rote.training.networks import open_network
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

MLP = {"name": "mlp", "hidden": [12]}
JOB = Job(3, "a run, retraining", provenance={"params": {"code": "c"}})
RECIPE = {
    "optimizer": {"name": "adam", "learning_rate": 3e-3},
    "epochs": 4,
    "batch_size": 16,
    "evaluation": {"every": 4},
    "checkpoints": {"every": 1},
}
SPEC = {"architecture": MLP, "recipe": RECIPE, "seed": 0}


@pytest.fixture
def folder(tmp_path):
    draw = np.random.default_rng(0)
    centres = draw.integers(0, 200, (4, *SHAPE))
    for split, n in (("train", 60), ("test", 40)):
        pixels = (centres[np.arange(n) % 4] + draw.integers(0, 56, (n, *SHAPE))).astype(np.uint8)
        write_images(tmp_path / f"{split}.parquet", pixels, np.arange(n) % 4, split=split)
    write_labels(tmp_path / "labels.parquet", np.arange(60) % 4)
    write_checkpoints(tmp_path, {epoch: network(MLP, epoch) for epoch in (0, 3)}, architecture=MLP)
    split_test(tmp_path / "test.parquet", tmp_path / "test_parts.parquet", share=0.2, job=Job(3, "noise"))
    return tmp_path


def retrained(folder, patience=2, short=3):
    names = ("checkpoints", "train", "test", "labels", "test_parts")
    given = Given(*(folder / f"{name}.parquet" for name in names))
    retrain(given, folder / "retrained.parquet", spec=SPEC, patience=patience, short=short, job=JOB)
    return tables.read(folder / "retrained.parquet", RETRAINING).to_pandas()


def test_it_starts_from_the_last_memorized_network_and_tells_of_every_epoch(folder):
    found = retrained(folder)
    assert found["epoch"].tolist() == [0, 1, 2, 3, 4]
    test = load_images(folder / "test.parquet")
    parts = tables.read(folder / "test_parts.parquet", TEST_PARTS)["part"].to_pylist()
    predicted = open_network(folder / "checkpoints.parquet", 3).predict(test.images).argmax(1).numpy()
    scoring = np.array(parts) == "scoring"
    assert found["scoring_correct"][0].tolist() == (predicted == test.labels)[scoring].tolist()
    assert found["scoring_accuracy"].tolist() == [one.mean() for one in found["scoring_correct"]]
    assert found["selection_accuracy"][0] == (predicted == test.labels)[~scoring].mean()


def test_training_on_true_labels_helps(folder):
    found = retrained(folder)
    assert found["scoring_accuracy"].iloc[-1] > found["scoring_accuracy"].iloc[0] + 0.2


def test_readings_stand_at_their_epochs_and_no_checkpoint_is_left(folder):
    found = retrained(folder)
    assert found.index[found["short"]].tolist() == [3]
    assert found.index[found["stopped"]].tolist() == [settled_epoch(found["selection_accuracy"].to_numpy(), 2)]
    assert not (folder / "retrained").exists()


@pytest.mark.parametrize(
    ("accuracies", "patience", "epoch"),
    [
        ([0.1, 0.2, 0.3, 0.4], 3, 3),
        ([0.5, 0.4, 0.4, 0.4, 0.9], 3, 0),  # it stopped before it rose
        ([0.5, 0.4, 0.4, 0.9, 0.1], 3, 3),
        ([0.5, 0.6, 0.6, 0.6, 0.6, 0.7], 3, 1),  # no strict rise
        ([0.5], 1, 0),
    ],
)
def test_patience_ends_after_so_many_epochs_without_a_strict_rise(accuracies, patience, epoch):
    assert settled_epoch(np.array(accuracies), patience) == epoch
