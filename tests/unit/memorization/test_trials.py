import numpy as np
import pyarrow as pa
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.job import Job
from rote.memorization.subsets import subset
from rote.memorization.trials import Study, train_trials
from rote.models.build import build
from rote.seeds import Seeds
from rote.tables.memorization import TRIAL_TIMES, TRIALS, unpack
from rote.training.engine import train
from rote.training.evaluation import predict
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from tests.unit.small_tables import write_images, write_labels

N, N_TEST, SHAPE, CPU = 30, 13, (4, 4, 1), torch.device("cpu")
RECIPE = {
    "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "epochs": 2,
    "batch_size": 7,
    "augmentation": {"crop_padding": 1, "flip": True},
}
SPEC = {"architecture": {"name": "plain_convolutional", "width": 1}, "recipe": RECIPE, "stack_size": 4}


def pixels_and_labels(n, seed):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    return (generator.integers(0, 150, (n, *SHAPE)) + 50 * labels[:, None, None, None]).astype(np.uint8), labels


def wrong(labels):
    """Labels to train on, every fifth of them corrupted."""
    return np.where(np.arange(len(labels)) % 5 == 0, (labels + 1) % 3, labels)


def bits(row, column, n):
    return unpack(pa.array([row[column]], pa.binary()), n)[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Folder of the tables that a shard reads."""
    folder = tmp_path_factory.mktemp("data")
    for split, n, seed in (("train", N, 0), ("test", N_TEST, 1)):
        write_images(folder / f"{split}.parquet", *pixels_and_labels(n, seed), split=split, classes="abc")
    _, labels = pixels_and_labels(N, 0)
    write_labels(folder / "labels.parquet", labels, wrong(labels))
    return folder


@pytest.fixture
def shard(data, tmp_path):
    """Function that trains a shard and gives its rows."""

    def trained(first, count, place="shard", recipe=None, **changes):
        folder = tmp_path / f"{place}_{first}"
        spec = SPEC | {"recipe": RECIPE | (recipe or {})} | changes.pop("spec", {})
        given = {
            "spec": spec,
            "numbers": range(first, first + count),
            **{name: data / f"{name}.parquet" for name in ("train", "test", "labels")},
            "trials": folder / "trials.parquet",
            "times": folder / "times.parquet",
            "job": Job(5, "greys", provenance={"params": {"code": "0"}}),
        }
        train_trials(**given | changes)
        return tables.read(folder / "trials.parquet", TRIALS).to_pylist()

    return trained


@pytest.fixture
def stacks(monkeypatch):
    """Function that has training interrupted after so many stacks, and gives the trials of those it trains."""
    train_stack = Study.train

    def until(most=None):
        trained = []

        def train_or_stop(study, numbers):
            if len(trained) == most:
                raise KeyboardInterrupt
            trained.append(list(numbers))
            return train_stack(study, numbers)

        monkeypatch.setattr(Study, "train", train_or_stop)
        return trained

    return until


def test_shards_of_1_7_and_20_trials_give_equal_rows(shard):
    whole = shard(0, 20)
    assert [row["trial"] for row in whole] == list(range(20))
    for size in (1, 7):
        shards = [shard(first, min(size, 20 - first), f"of_{size}") for first in range(0, 20, size)]
        assert [row for rows in shards for row in rows] == whole


def test_a_trial_is_a_network_trained_by_the_engine_on_its_subset(shard):
    rows = shard(3, 2, spec={"stack_size": 1})
    pixels, true = pixels_and_labels(N, 0)
    labels, recipe, normalisation = wrong(true), Recipe.from_config(RECIPE), Normalisation([0.5], [0.3], CPU)
    whole, test = Examples.on(CPU, pixels, labels), Examples.on(CPU, *pixels_and_labels(N_TEST, 1))
    for row in rows:
        seeds = Seeds(row["training_seed"], f"greys, trial {row['trial']}")
        start = seeds.integer_seed("initialisation")
        model = build("plain_convolutional", image_shape=SHAPE, n_classes=3, seed=start, width=1)
        members = subset(N, row["trial"], 0.7, Seeds(5, "greys"))
        own = Examples.on(CPU, pixels[members], labels[members])
        train(model, recipe, own, test, normalisation, seeds, progress=False)
        for part, column, n in ((whole, "train_correct", N), (test, "test_correct", N_TEST)):
            expected = (predict(model, part.images, normalisation, recipe.precision).argmax(1) == part.labels).numpy()
            assert np.array_equal(bits(row, column, n), expected)


def test_a_row_counts_what_its_bits_say(shard):
    for row in shard(0, 4):
        member, correct = (bits(row, name, N) for name in ("membership", "train_correct"))
        test = bits(row, "test_correct", N_TEST)
        assert np.array_equal(member, subset(N, row["trial"], 0.7, Seeds(5, "greys")))
        assert row["n_in"] == member.sum() == 21
        assert row["train_accuracy"] == correct[member].mean()
        assert row["held_out_accuracy"] == pytest.approx(correct[~member].mean())
        assert row["test_accuracy"] == pytest.approx(test.mean())


def test_trials_differ_in_subset_and_seed(shard):
    rows = shard(0, 8)
    assert len({row["membership"] for row in rows}) == len({row["training_seed"] for row in rows}) == 8


def test_training_together_changes_neither_subsets_nor_seeds(shard):
    one, four = shard(0, 4, "one", spec={"stack_size": 1}), shard(0, 4, "four")
    for name in ("trial", "training_seed", "n_in", "membership"):
        assert [row[name] for row in one] == [row[name] for row in four]


def test_a_killed_shard_goes_on_after_its_last_finished_stack_and_gives_the_same_bytes(shard, stacks, tmp_path):
    shard(2, 12, "whole")
    trained = stacks(2)
    with pytest.raises(KeyboardInterrupt):
        shard(2, 12, "killed")
    assert trained == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert not (tmp_path / "killed_2" / "trials.parquet").exists()

    trained = stacks()
    shard(2, 12, "killed")
    assert trained == [[8, 9, 10, 11], [12, 13, 14, 15]]
    assert (tmp_path / "killed_2/trials.parquet").read_bytes() == (tmp_path / "whole_2/trials.parquet").read_bytes()


def test_finished_stacks_of_other_code_are_trained_again(shard, stacks):
    stacks(1)
    with pytest.raises(KeyboardInterrupt):
        shard(0, 8)
    trained = stacks()
    shard(0, 8, job=Job(5, "greys", provenance={"params": {"code": "1"}}))
    assert trained == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_shard_leaves_its_two_tables_and_nothing_else(shard, tmp_path):
    shard(0, 5)
    assert {path.name for path in (tmp_path / "shard_0").iterdir()} == {"trials.parquet", "times.parquet"}
    times = tables.read(tmp_path / "shard_0" / "times.parquet", TRIAL_TIMES).to_pydict()
    assert times["trial"] == list(range(5))
    assert min(times["wall_time"]) > 0
    recorded = tables.provenance(tmp_path / "shard_0" / "trials.parquet")
    assert (recorded["params"], recorded["seed_key"], recorded["study_seed"]) == ({"code": "0"}, "greys", 5)


def test_a_loss_that_is_not_finite_names_the_trial_and_writes_no_table(shard, tmp_path):
    for together, place in ((1, "one"), (4, "four")):
        with pytest.raises(TrainingError, match=r"run greys, trial 4: the loss is (nan|inf) in epoch"):
            shard(4, 4, place, {"optimizer": {"name": "sgd", "learning_rate": 1e38}}, spec={"stack_size": together})
        assert not list((tmp_path / f"{place}_4").rglob("*.parquet"))


@pytest.mark.parametrize("stack_size", [1, 2])
def test_a_train_accuracy_may_end_the_training_of_each_trial(shard, stack_size):
    recipe = {"epochs": 200, "stop": {"train_accuracy": 0.6}}
    rows = shard(0, 2, "shard", recipe, spec={"stack_size": stack_size})
    assert all(row["train_accuracy"] >= 0.6 for row in rows)


def test_what_cannot_be_trained_is_refused_before_work_starts(shard, data, tmp_path):
    refused = [
        ({"spec": {"stack_sise": 2}}, "Did you mean stack_size"),
        ({"spec": {"stack_size": 0}}, "stack_size must be a whole number of at least 1"),
        ({"spec": {"fraction": 1.0}}, "would hold none or all"),
        ({"spec": {"architecture": {"name": "resnt"}}}, "Did you mean resnet"),
        ({"count": 0}, "count must be a whole number of at least 1"),
        ({"first": -1}, "there is no trial -1"),
    ]
    for changes, message in refused:
        first, count = changes.pop("first", 0), changes.pop("count", 4)
        with pytest.raises(ConfigError, match=message):
            shard(first, count, **changes)
    with pytest.raises(DataError):
        shard(0, 4, train=data / "test.parquet")
    assert not list(tmp_path.rglob("*.parquet"))
