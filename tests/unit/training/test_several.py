import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, TrainingError
from rote.files import clear_unfinished
from rote.job import Job
from rote.tables.training import CHECKPOINTS, HISTORY
from rote.training import several
from rote.training.networks import open_network
from rote.training.run import train_run
from rote.training.run_folder import RunFolder
from rote.training.several import Planned, train_several
from rote.training.stack_folder import StackFolder
from tests.unit.small_tables import write_subset
from tests.unit.training.training_examples import examples, write_images, write_labels

N = 40
RECIPE = {
    "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "epochs": 3,
    "batch_size": 8,
    "augmentation": {"crop_padding": 1, "flip": True},
    "evaluation": {"every": 3},
    "checkpoints": {"every": 3},
}
SPEC = {"architecture": {"name": "resnet", "width": 2}, "recipe": RECIPE}
JOB = Job(3, "a run, plain", provenance={"params": {"code": "0"}})
SIZES = {"a": 28, "b": 30, "c": 28, "d": 30}  # two stacks of two


@pytest.fixture
def data(tmp_path):
    """Tables of images and labels, and subsets of two sizes."""
    write_images(tmp_path / "train.parquet", examples(N, size=8), "train")
    write_images(tmp_path / "test.parquet", examples(10, seed=1, size=8), "test")
    write_labels(tmp_path / "labels.parquet", examples(N, size=8))
    for number, (name, size) in enumerate(SIZES.items()):
        write_subset(tmp_path / f"{name}.parquet", np.random.default_rng(number).permutation(N)[:size])
    return {name: tmp_path / f"{name}.parquet" for name in ("train", "test")}


def planned(folder, names="abcd", recipe=None, job=JOB, histories=False, labels=None, **changes):
    spec = SPEC | changes | {"recipe": RECIPE | (recipe or {})}
    return [
        Planned(
            spec | {"subset": str(folder / f"{name}.parquet")},
            folder / "trained" / f"{name}.parquet",
            job.for_part(f"without {name}", bin=name),
            folder / (labels or {}).get(name, "labels.parquet"),
            folder / "trained" / f"{name}_history.parquet" if histories else None,
        )
        for name in names
    ]


def alone(folder, data, name, **changes):
    """The same network as a run of its own."""
    (one,) = planned(folder, name, **changes)
    tables_of_run = {key: folder / "alone" / name / f"{key}.parquet" for key in ("history", "checkpoints")}
    train_run(spec=one.spec, **data, labels=one.labels, **tables_of_run, job=one.job)
    return tables_of_run["checkpoints"]


def weights(manifest, epoch=None):
    return open_network(manifest, epoch).model.state_dict()


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def stacks(monkeypatch):
    """Function that has training interrupted after so many stacks, and gives the networks of those it trains."""
    train_stack = several._train

    def until(most=None):
        trained = []

        def train_or_stop(stack, *rest):
            if len(trained) == most:
                raise KeyboardInterrupt
            trained.append([one.planned.checkpoints.stem for one in stack])
            return train_stack(stack, *rest)

        monkeypatch.setattr(several, "_train", train_or_stop)
        return trained

    return until


def test_a_network_by_itself_is_bit_for_bit_that_of_the_engine(tmp_path, data):
    (one,) = planned(tmp_path, "a")
    train_several([one], **data)
    expected = alone(tmp_path, data, "a")
    columns = ["epoch", "bytes", "checksum"]
    assert tables.read(one.checkpoints, CHECKPOINTS, columns) == tables.read(expected, CHECKPOINTS, columns)


def test_networks_side_by_side_begin_alike_and_differ_from_those_alone_by_rounding(tmp_path, data, stacks):
    together, trained = planned(tmp_path), stacks()
    train_several(together, **data)
    assert trained == [["a", "c"], ["b", "d"]]
    for one in together:
        expected = alone(tmp_path, data, one.checkpoints.stem)
        first, last = (weights(one.checkpoints, epoch) for epoch in (0, 3))
        for name, tensor in weights(expected, 0).items():
            assert torch.equal(first[name], tensor)
        for name, tensor in weights(expected, 3).items():
            torch.testing.assert_close(last[name], tensor, rtol=1e-3, atol=1e-4)
        assert not all(torch.equal(first[name], tensor) for name, tensor in last.items())


# Networks of which "a" is over after epoch 4, "c" after the last.
STOPPED = {
    "architecture": {"name": "mlp", "depth": 1, "width": 8},
    "recipe": {
        "optimizer": {"name": "adam", "learning_rate": 0.003},
        "epochs": 7,
        "evaluation": {"every": 1},
        "checkpoints": {"every": 4},
        "keep_best": True,
        "stop": {"train_accuracy": 0.78},
    },
}


@pytest.mark.parametrize(("names", "labels"), [("a", {}), ("ac", {}), ("ac", {"c": "others.parquet"})])
def test_a_network_has_the_history_and_the_epochs_that_it_has_as_a_run(tmp_path, data, names, labels):
    write_labels(tmp_path / "others.parquet", examples(N, size=8, label_seed=1))
    trained = planned(tmp_path, names, histories=True, labels=labels, **STOPPED)
    train_several(trained, **data)
    for one in trained:
        expected = alone(tmp_path, data, one.checkpoints.stem, labels=labels, **STOPPED)
        epochs, of_run = (tables.read(path, CHECKPOINTS)["epoch"] for path in (one.checkpoints, expected))
        assert epochs == of_run
        history, of_run = (tables.read(path, HISTORY) for path in (one.history, expected.with_name("history.parquet")))
        assert history.drop_columns("loss") == of_run.drop_columns("loss")
        assert history["loss"].to_pylist() == pytest.approx(of_run["loss"].to_pylist(), rel=1e-3)
        assert tables.provenance(one.history)["seed_key"] == one.job.seed_key


@pytest.mark.parametrize(("save_interval", "last_saved"), [(0, 6), (5, 3)])
def test_a_stack_may_be_killed_before_any_change_of_a_file(
    tmp_path, data, killed_before, monkeypatch, save_interval, last_saved
):
    def train():
        train_several(planned(tmp_path, "ac", histories=True, **STOPPED), **data, save_interval=save_interval)

    begun, resume = [], StackFolder.resume
    monkeypatch.setattr(StackFolder, "resume", lambda folder: begun.append(resume(folder)) or begun[-1])
    train()
    whole, n, finished = contents(tmp_path / "trained"), 1, False
    ends = [
        tables.read(tmp_path / "trained" / f"{name}_history.parquet", HISTORY)["epoch"][-1].as_py() for name in "ac"
    ]
    assert ends == [4, 7]
    while not finished:
        shutil.rmtree(tmp_path / "trained")
        finished = killed_before(n, train)
        if not finished:
            train()
        for table in ("a", "c", "a_history", "c_history"):
            clear_unfinished(tmp_path / "trained" / f"{table}.parquet")
        assert contents(tmp_path / "trained") == whole
        n += 3
    assert max(saved.epoch for saved in begun if saved) == last_saved
    assert {tuple(saved.training) for saved in begun if saved} == {(0, 1), *([(1,)] if last_saved > 4 else [])}


def test_every_network_has_a_manifest_of_its_own_that_says_whose_it_is(tmp_path, data):
    trained = planned(tmp_path)
    train_several(trained, **data)
    for one in trained:
        name, recorded = one.checkpoints.stem, tables.provenance(one.checkpoints)
        assert (recorded["seed_key"], recorded["bin"]) == (f"a run, plain, without {name}", name)
        assert recorded["spec"] == one.spec
        assert "1 threads" in recorded["device"]
        assert open_network(one.checkpoints).epoch == 3
    files = {f"{name}/epoch_00000{epoch}.safetensors" for name in SIZES for epoch in (0, 3)}
    assert contents(tmp_path / "trained").keys() == files | {f"{name}.parquet" for name in SIZES}


def test_a_killed_job_goes_on_after_its_last_finished_stack_and_gives_the_same_bytes(tmp_path, data, stacks):
    train_several(planned(tmp_path), **data)
    whole = contents(tmp_path / "trained")
    (tmp_path / "trained").rename(tmp_path / "before")

    trained = stacks(1)
    with pytest.raises(KeyboardInterrupt):
        train_several(planned(tmp_path), **data)
    assert trained == [["a", "c"]]
    for manifest in (tmp_path / "trained").glob("*.parquet"):
        manifest.unlink()  # as Snakemake does before it starts a job again

    trained = stacks()
    train_several(planned(tmp_path), **data)
    assert trained == [["b", "d"]]
    assert contents(tmp_path / "trained") == whole


@pytest.mark.parametrize(
    ("job", "spec"),
    [
        (replace(JOB, provenance={"params": {"code": "1"}}), {}),
        (replace(JOB, study_seed=4), {}),
        (JOB, {"seed": 1}),
    ],
    ids=["code", "study's seed", "seed"],
)
def test_what_an_interrupted_job_of_another_kind_finished_is_trained_again(tmp_path, data, stacks, job, spec):
    stacks(1)
    with pytest.raises(KeyboardInterrupt):
        train_several(planned(tmp_path, "ab"), **data)
    trained = stacks()
    train_several(planned(tmp_path, "ab", job=job, **spec), **data)
    assert trained == [["a"], ["b"]]


def test_a_finished_network_whose_checkpoint_is_damaged_is_trained_again(tmp_path, data, stacks):
    stacks(1)
    with pytest.raises(KeyboardInterrupt):
        train_several(planned(tmp_path), **data)
    damaged = tmp_path / "trained" / "c" / "epoch_000003.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    trained = stacks()
    train_several(planned(tmp_path), **data)
    assert trained == [["a", "c"], ["b", "d"]]


def test_a_network_alone_goes_on_from_its_state(tmp_path, data, monkeypatch):
    (one,), save = planned(tmp_path, "a"), RunFolder.save

    def save_and_stop(folder, model, optimizer, history, reached):
        save(folder, model, optimizer, history, reached)
        if reached == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train_several([one], **data, save_interval=0)
    assert (tmp_path / "trained" / "a" / "state.safetensors").exists()
    begun, resume = [], RunFolder.resume
    monkeypatch.setattr(RunFolder, "resume", lambda *given: begun.append(resume(*given)) or begun[-1])
    train_several([one], **data)
    assert begun == [3]
    assert contents(tmp_path / "trained").keys() == {"a.parquet", *(f"a/epoch_00000{e}.safetensors" for e in (0, 3))}
    expected = weights(alone(tmp_path, data, "a"))
    assert all(torch.equal(tensor, expected[name]) for name, tensor in weights(one.checkpoints).items())


def test_networks_whose_examples_are_weighted_are_trained_one_at_a_time(tmp_path, data, stacks):
    for name in "ac":
        write_subset(tmp_path / f"{name}.parquet", np.arange(28), np.linspace(0.5, 2, 28))
    trained = stacks()
    train_several(planned(tmp_path), **data)
    assert trained == [["a"], ["b", "d"], ["c"]]


def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path, data):
    for recipe, message in [
        ({"batch_size": 64, "drop_last": True}, "cannot be filled"),
        ({"batch_sise": 8}, "Did you mean batch_size"),
    ]:
        with pytest.raises(ConfigError, match=message):
            train_several(planned(tmp_path, recipe=recipe), **data)
        assert not list((tmp_path / "trained").rglob("*.parquet"))


def test_a_loss_that_is_not_finite_names_the_network(tmp_path, data):
    recipe = {"optimizer": {"name": "sgd", "learning_rate": 1e38}}
    with pytest.raises(TrainingError, match="run a run, plain, without a, seed 0: the loss is"):
        train_several(planned(tmp_path, recipe=recipe), **data)
    assert not list((tmp_path / "trained").rglob("*.parquet"))
