import multiprocessing
import random
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.files import clear_unfinished
from rote.job import Job
from rote.models.build import build
from rote.tables.training import CHECKPOINTS, HISTORY, best_epoch
from rote.training.checkpoints import load_checkpoint
from rote.training.run import train_run
from rote.training.run_folder import RunFolder
from tests.unit.small_tables import write_subset
from tests.unit.training.training_examples import examples, write_images, write_labels

RECIPE = {
    "optimizer": {"name": "adam", "learning_rate": 0.001},
    "schedule": {"name": "cosine"},
    "epochs": 6,
    "batch_size": 16,
    "augmentation": {"crop_padding": 1, "flip": True},
    "input_noise": {"standard_deviation": 0.02, "units": "pixel"},
    "checkpoints": {"every": 2},
}
SPEC = {"architecture": {"name": "preactivation_resnet18", "width": 1}, "recipe": RECIPE, "seed": 0}
JOB = Job(3, "a_run", provenance={"params": {"code": "0"}})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Folder of the tables that a run reads."""
    folder = tmp_path_factory.mktemp("data")
    write_images(folder / "train.parquet", examples(40, size=4), "train")
    write_images(folder / "test.parquet", examples(20, seed=1, size=4), "test")
    write_labels(folder / "labels.parquet", examples(40, size=4))
    return folder


def arguments(data, folder, recipe=None, spec=None, **changes):
    return {
        "spec": SPEC | {"recipe": RECIPE | (recipe or {})} | (spec or {}),
        "train": data / "train.parquet",
        "test": data / "test.parquet",
        "labels": data / "labels.parquet",
        "history": folder / "history.parquet",
        "checkpoints": folder / "checkpoints.parquet",
        "job": JOB,
    } | changes


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def checkpoint_bytes(folder, epoch):
    return (folder / "checkpoints" / f"epoch_{epoch:06d}.safetensors").read_bytes()


def examples_seen(folder):
    history = tables.read(folder / "history.parquet", HISTORY).to_pylist()
    return {row["subset"]: row["examples"] for row in history}


@pytest.fixture
def whole(data, tmp_path):
    """Folder of a run that nothing disturbed."""
    train_run(**arguments(data, tmp_path / "whole"))
    return tmp_path / "whole"


@pytest.fixture
def stop(data, monkeypatch):
    """Function that begins a run and stops it after an epoch."""

    def run_until(epoch, folder, recipe=None):
        save = RunFolder.save

        def save_and_stop(run_folder, model, optimizer, history, reached):
            save(run_folder, model, optimizer, history, reached)
            if reached == epoch:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(RunFolder, "save", save_and_stop)
            with pytest.raises(KeyboardInterrupt):
                train_run(**arguments(data, folder, recipe, save_interval=0))

    return run_until


@pytest.fixture
def beginnings(monkeypatch):
    """First epochs of the runs of a test; above 0 for one that was resumed."""
    epochs = []
    resume = RunFolder.resume

    def recorded(*positional):
        epochs.append(resume(*positional))
        return epochs[-1]

    monkeypatch.setattr(RunFolder, "resume", recorded)
    return epochs


def test_a_run_writes_its_history_and_the_checkpoints_of_its_grid_and_nothing_else(whole):
    history = tables.read(whole / "history.parquet", HISTORY).to_pydict()
    assert sorted(set(history["epoch"])) == list(range(7))
    assert set(history["subset"]) == {"train", "unpermuted", "permuted", "restored", "test"}

    assert tables.read(whole / "checkpoints.parquet", CHECKPOINTS)["epoch"].to_pylist() == [0, 2, 4, 6]
    files = {f"checkpoints/epoch_00000{epoch}.safetensors" for epoch in (0, 2, 4, 6)}
    assert contents(whole).keys() == files | {"history.parquet", "checkpoints.parquet"}


def test_the_tables_of_a_run_say_where_they_come_from(whole):
    recorded = tables.provenance(whole / "history.parquet")
    assert (recorded["params"], recorded["seed_key"], recorded["study_seed"]) == ({"code": "0"}, "a_run", 3)
    assert recorded["spec"] == SPEC
    assert "1 threads" in recorded["device"]


def test_the_first_checkpoint_is_the_untrained_network_and_the_last_is_not(data, whole):
    def weights(seed, epoch=None):
        model = build("preactivation_resnet18", image_shape=(4, 4, 3), n_classes=3, seed=seed, width=1)
        if epoch is not None:
            load_checkpoint(model, whole / "checkpoints.parquet", epoch)
        return next(model.parameters())

    assert torch.equal(weights(0, epoch=0), weights(1, epoch=0))
    assert not torch.equal(weights(0, epoch=0), weights(0, epoch=6))


def test_a_repeated_run_gives_the_same_bytes(data, whole, tmp_path):
    train_run(**arguments(data, tmp_path / "again"))
    assert contents(tmp_path / "again") == contents(whole)


@pytest.mark.parametrize("change", [{"spec": {"seed": 1}}, {"job": Job(3, "another_run")}, {"job": Job(4, "a_run")}])
def test_another_seed_run_or_study_begins_with_other_weights(data, whole, tmp_path, change):
    train_run(**arguments(data, tmp_path / "other", {"epochs": 1}, **change))
    assert checkpoint_bytes(tmp_path / "other", 0) != checkpoint_bytes(whole, 0)


def test_a_run_with_the_seed_name_of_another_has_its_weights_and_its_order_of_examples(data, whole, tmp_path):
    train_run(
        **arguments(data, tmp_path / "other", job=replace(JOB, seed_key="another_run"), spec={"seed_name": "a_run"})
    )
    for epoch in (0, 6):
        assert checkpoint_bytes(tmp_path / "other", epoch) == checkpoint_bytes(whole, epoch)


def saved_at(state):
    """When a state was saved, None if there is none."""
    return state.stat().st_mtime_ns if state.exists() else None


@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_with_the_bytes_of_one_never_killed(data, tmp_path):
    recipe = {"epochs": 25, "checkpoints": {"every": 7}, "keep_best": True}
    train_run(**arguments(data, tmp_path / "whole", recipe))

    context = multiprocessing.get_context("forkserver")
    slow_imports = ["rote.training.run", "torch._dynamo", "pandas", "pytest"]
    context.set_forkserver_preload(slow_imports)  # once, not in every process
    state = tmp_path / "killed" / "checkpoints" / "state.safetensors"
    moments, exits = random.Random(0), []
    while 0 not in exits:
        job = context.Process(target=train_run, kwargs=arguments(data, tmp_path / "killed", recipe, save_interval=0))
        before = saved_at(state)
        job.start()
        while job.is_alive() and saved_at(state) == before:  # so that every job gets on
            time.sleep(0.001)
        job.join(moments.uniform(0, 0.2))
        job.kill()
        job.join()
        exits.append(job.exitcode)

    assert len(exits) > 2
    assert set(exits[:-1]) == {-signal.SIGKILL}
    for output in ("history.parquet", "checkpoints.parquet"):
        clear_unfinished(tmp_path / "killed" / output)  # as the job around it does, see rote.job
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


# A network whose best epoch of nine is 1, 2, 3, 4, then 6.
BEST = {
    "optimizer": {"name": "adam", "learning_rate": 0.1},
    "epochs": 9,
    "checkpoints": {"every": 100},
    "keep_best": True,
}
MLP = {"architecture": {"name": "mlp", "depth": 1, "width": 16}}


def test_the_best_evaluated_epoch_is_kept_though_the_grid_misses_it(data, tmp_path):
    for name, recipe in (("best", BEST), ("all", BEST | {"checkpoints": {"every": 1}})):
        train_run(**arguments(data, tmp_path / name, recipe, spec=MLP))
    history = tables.read(tmp_path / "best" / "history.parquet", HISTORY)
    best = best_epoch(history)
    assert best not in (0, 9)
    columns = ["epoch", "bytes", "checksum"]
    kept, every = (
        tables.read(tmp_path / name / "checkpoints.parquet", CHECKPOINTS, columns) for name in ("best", "all")
    )
    assert kept["epoch"].to_pylist() == [0, best, 9]
    assert kept.to_pylist() == [row for row in every.to_pylist() if row["epoch"] in (0, best, 9)]
    files = {path.name for path in (tmp_path / "best" / "checkpoints").iterdir()}
    assert files == {f"epoch_{epoch:06d}.safetensors" for epoch in (0, best, 9)}


def test_only_an_evaluated_epoch_is_the_best(data, tmp_path):
    train_run(**arguments(data, tmp_path, BEST | {"evaluation": {"every": 4}}, spec=MLP))
    kept = tables.read(tmp_path / "checkpoints.parquet", CHECKPOINTS)["epoch"].to_pylist()
    history = tables.read(tmp_path / "history.parquet", HISTORY)
    assert kept == sorted({0, best_epoch(history), 9})


@pytest.mark.parametrize("save_interval", [0, 3])
def test_a_run_that_keeps_the_best_may_be_killed_before_any_change_of_a_file(
    data, tmp_path, killed_before, beginnings, save_interval
):
    train_run(**arguments(data, tmp_path / "whole", BEST, spec=MLP))
    whole, n, finished = contents(tmp_path / "whole"), 0, False
    while not finished:
        n += 1
        given = arguments(data, tmp_path / str(n), BEST, spec=MLP, save_interval=save_interval)
        finished = killed_before(n, lambda given=given: train_run(**given))
        if not finished:
            train_run(**given)
        assert contents(tmp_path / str(n)) == whole
    assert max(beginnings) == 9  # it goes on, and does not begin anew


def test_of_epochs_that_are_best_for_a_while_at_most_one_beside_the_saved_states_lies_there(
    data, tmp_path, monkeypatch
):
    most, tidy = [], RunFolder._tidy

    def tidy_and_count(folder):
        tidy(folder)
        most.append(len(list(folder.folder.glob("epoch_*"))))

    monkeypatch.setattr(RunFolder, "_tidy", tidy_and_count)
    train_run(**arguments(data, tmp_path, BEST, spec=MLP))
    assert max(most) == 2  # the untrained network and the best so far


@pytest.mark.parametrize("epoch", [0, 3, 5])
@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "adam", "learning_rate": 0.001},
        {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
        {"name": "sgd", "learning_rate": 0.01},
    ],
)
def test_a_run_goes_on_from_its_state_to_the_same_bytes(data, tmp_path, stop, beginnings, optimizer, epoch):
    stop(epoch, tmp_path / "stopped", {"optimizer": optimizer})
    for folder in ("stopped", "whole"):
        train_run(**arguments(data, tmp_path / folder, {"optimizer": optimizer}))
    assert beginnings == [0, epoch + 1, 0]
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


def test_a_state_of_another_recipe_code_or_data_is_not_resumed(data, tmp_path, stop, beginnings):
    write_labels(tmp_path / "others.parquet", examples(40, size=4, label_seed=1))
    changes = (
        {"recipe": {"batch_size": 20}},
        {"job": replace(JOB, provenance={"params": {"code": "1"}})},
        {"job": replace(JOB, study_seed=4)},
        {"labels": tmp_path / "others.parquet"},
    )
    for number, change in enumerate(changes):
        stop(3, tmp_path / str(number))
        train_run(**arguments(data, tmp_path / str(number), **change))
    assert beginnings == [0, 0] * len(changes)


def test_a_discarded_state_leaves_none_of_its_checkpoints(data, tmp_path, stop):
    stop(5, tmp_path)
    train_run(**arguments(data, tmp_path, {"checkpoints": {"every": 3}}))
    assert {path.name[:12] for path in (tmp_path / "checkpoints").iterdir()} == {
        "epoch_000000",
        "epoch_000003",
        "epoch_000006",
    }


@pytest.mark.parametrize("damaged", ["state.safetensors", "epoch_000002.safetensors"])
def test_a_run_with_a_truncated_file_begins_anew(data, whole, tmp_path, stop, beginnings, damaged):
    stop(3, tmp_path / "stopped")
    path = tmp_path / "stopped" / "checkpoints" / damaged
    path.write_bytes(path.read_bytes()[:-7])
    train_run(**arguments(data, tmp_path / "stopped"))
    assert beginnings[-1] == 0
    assert contents(tmp_path / "stopped") == contents(whole)


def test_what_a_killed_write_left_is_cleared_away(data, whole, tmp_path):
    leftover = tmp_path / "left" / "checkpoints" / ".epoch_000004.safetensors.0a1b2c3d.part"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half a checkpoint")
    train_run(**arguments(data, tmp_path / "left"))
    assert contents(tmp_path / "left") == contents(whole)


def test_labels_are_joined_by_example_not_by_position(data, whole, tmp_path):
    shuffled = np.random.default_rng(0).permutation(40)
    write_labels(tmp_path / "labels.parquet", examples(40, size=4), order=shuffled)
    train_run(**arguments(data, tmp_path / "shuffled", labels=tmp_path / "labels.parquet"))
    assert checkpoint_bytes(tmp_path / "shuffled", 6) == checkpoint_bytes(whole, 6)


def test_labels_of_another_data_set_are_refused(data, tmp_path):
    write_labels(tmp_path / "labels.parquet", examples(40, seed=9, size=4))
    with pytest.raises(DataError, match=r"labels\.parquet was made for other images"):
        train_run(**arguments(data, tmp_path / "run", labels=tmp_path / "labels.parquet"))
    assert not (tmp_path / "run").exists()


def test_a_subset_table_says_what_a_run_sees_and_with_what_weight(data, tmp_path):
    write_subset(tmp_path / "even.parquet", [30, 2, 9, 4])
    write_subset(tmp_path / "odd.parquet", [30, 2, 9, 4], [1, 9, 1, 1])
    for name in ("even", "odd"):
        spec = {"subset": str(tmp_path / f"{name}.parquet")}
        train_run(**arguments(data, tmp_path / name, {"batch_size": 2}, spec=spec))
    assert examples_seen(tmp_path / "even")["train"] == 4
    assert checkpoint_bytes(tmp_path / "even", 6) != checkpoint_bytes(tmp_path / "odd", 6)


def test_a_subset_by_number_has_that_many_examples(data, tmp_path):
    train_run(**arguments(data, tmp_path, {"epochs": 1}, spec={"subset": 12}))
    seen = examples_seen(tmp_path)
    assert seen["train"] == seen["unpermuted"] + seen["permuted"] == 12
    assert seen["test"] == 20


def test_a_subset_that_cannot_be_is_refused(data, tmp_path):
    with pytest.raises(ConfigError, match="a subset of 41 examples cannot be drawn from 40"):
        train_run(**arguments(data, tmp_path, spec={"subset": 41}))
    for faulty in ([3, 3], [40], [-1]):
        write_subset(tmp_path / "subset.parquet", faulty)
        with pytest.raises(DataError, match=r"subset\.parquet must list examples from 0 to 39, each once"):
            train_run(**arguments(data, tmp_path, spec={"subset": str(tmp_path / "subset.parquet")}))


def test_a_run_may_start_from_the_weights_of_another(data, whole, tmp_path):
    spec = {"starting_weights": str(whole / "checkpoints" / "epoch_000004.safetensors")}
    train_run(**arguments(data, tmp_path / "second", spec=spec))
    assert checkpoint_bytes(tmp_path / "second", 0) == checkpoint_bytes(whole, 4)


def test_an_unknown_key_is_refused_with_the_nearest_named_before_anything_is_written(data, tmp_path):
    with pytest.raises(ConfigError, match=r"unknown key of run a_run: 'architectur'\. Did you mean architecture"):
        train_run(**arguments(data, tmp_path / "run", spec={"architectur": {}}))
    with pytest.raises(ConfigError, match="Did you mean preactivation_resnet18"):
        train_run(**arguments(data, tmp_path / "run", spec={"architecture": {"name": "preactivation_resnet"}}))
    assert not (tmp_path / "run").exists()


def test_a_diverging_run_leaves_no_output(data, tmp_path):
    recipe = {"optimizer": {"name": "sgd", "learning_rate": 1e38}}
    with pytest.raises(TrainingError, match="run a_run, seed 0: the loss is"):
        train_run(**arguments(data, tmp_path, recipe, save_interval=0))
    assert contents(tmp_path) == {}
