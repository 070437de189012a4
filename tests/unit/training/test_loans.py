import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rote import tables
from rote.errors import TrainingError
from rote.files import checksum
from rote.job import Job
from rote.tables.training import CHECKPOINTS
from rote.training.drop import drop_checkpoints
from rote.training.loans import lend_checkpoints
from rote.training.run import train_run
from tests.unit.small_networks import PLAIN, SHAPE
from tests.unit.small_tables import write_images, write_labels

RECIPE = {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 4, "batch_size": 10}
SPEC = {"architecture": PLAIN, "recipe": RECIPE}
JOB = Job(5, "run")


@pytest.fixture
def run(tmp_path):
    """What trains a run again, of one that has been trained."""
    return trained(tmp_path, SPEC)


def trained(tmp_path, spec):
    random, data = np.random.default_rng(0), {}
    for split, n in (("train", 40), ("test", 20)):
        pixels = random.integers(0, 256, (n, *SHAPE)).astype(np.uint8)
        data[split] = write_images(tmp_path / f"{split}.parquet", pixels, np.arange(n) % 4, split=split)
    data["labels"] = write_labels(tmp_path / "labels.parquet", np.arange(40) % 4)
    checkpoints = tmp_path / "run" / "checkpoints.parquet"
    train_run(spec=spec, **data, history=tmp_path / "run" / "history.parquet", checkpoints=checkpoints, job=JOB)
    return {"spec": spec, **data, "checkpoints": checkpoints, "job": JOB}


def tokens(run):
    return run["checkpoints"].with_name("lent")


def lend(run, reader="reader"):
    lend_checkpoints(**run, token=tokens(run) / f"{reader}.txt")


def drop(run):
    drop_checkpoints(run["checkpoints"], tokens(run), run["checkpoints"].with_name("dropped.txt"))


def files(run):
    return {path.name: path for path in run["checkpoints"].with_suffix("").glob("epoch_*")}


def test_only_the_last_checkpoint_survives_and_the_list_of_all_stays(run):
    before = run["checkpoints"].read_bytes()
    drop(run)
    assert list(files(run)) == ["epoch_000004.safetensors"]
    assert run["checkpoints"].read_bytes() == before
    dropped = run["checkpoints"].with_name("dropped.txt").read_text().split("\n")
    assert dropped == ["epoch 0", "epoch 1", "epoch 2", "epoch 3", ""]


def test_tokens_go_with_the_checkpoints_that_they_promise(run):
    lend(run, "one")
    lend(run, "other")
    drop(run)
    assert not tokens(run).exists()


def test_what_is_there_is_lent_without_training(run):
    before = {name: path.stat().st_mtime_ns for name, path in files(run).items()}
    lend(run)
    assert {name: path.stat().st_mtime_ns for name, path in files(run).items()} == before
    assert (tokens(run) / "reader.txt").is_file()


def test_what_was_dropped_is_lent_with_the_same_bytes_and_nothing_else_is_left(run):
    before = {name: path.read_bytes() for name, path in files(run).items()}
    beside = {path.name for path in run["checkpoints"].parent.iterdir()}
    drop(run)
    last = files(run)["epoch_000004.safetensors"].stat().st_mtime_ns
    lend(run)
    assert {name: path.read_bytes() for name, path in files(run).items()} == before
    assert files(run)["epoch_000004.safetensors"].stat().st_mtime_ns == last
    left = {path.name for path in run["checkpoints"].parent.iterdir()} - beside
    assert left == {"lent", "dropped.txt"}


def test_the_best_epoch_is_dropped_and_lent_like_any_other(tmp_path):
    recipe = RECIPE | {"epochs": 9, "checkpoints": {"every": 9}, "keep_best": True}
    run = trained(tmp_path, SPEC | {"recipe": recipe})
    before = {name: path.read_bytes() for name, path in files(run).items()}
    assert len(before) == 3
    drop(run)
    assert list(files(run)) == ["epoch_000009.safetensors"]
    lend(run)
    assert {name: path.read_bytes() for name, path in files(run).items()} == before


def test_a_file_that_was_cut_is_not_lent(run):
    path = files(run)["epoch_000002.safetensors"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    lend(run)
    assert path.read_bytes() == whole


def test_another_network_is_no_substitute_for_one_that_was_dropped(run):
    drop(run)
    run["spec"] = {**SPEC, "seed": 1}
    with pytest.raises(TrainingError, match=r"gave another network at epoch 0: .*checkpoints\.parquet and run again"):
        lend(run)
    assert list(files(run)) == ["epoch_000004.safetensors"]
    assert not tokens(run).exists()


LENDING = """
import sys
from pathlib import Path
from rote.job import Job
from rote.training.loans import lend_checkpoints
folder, reader = Path(sys.argv[1]), sys.argv[2]
lend_checkpoints(
    spec={spec}, **{{name: folder / f"{{name}}.parquet" for name in ("train", "test", "labels")}},
    checkpoints=folder / "run" / "checkpoints.parquet", token=folder / "run" / "lent" / reader, job=Job(5, "run"),
)
"""


def lending(run, reader):
    code = [sys.executable, "-c", LENDING.format(spec=SPEC), str(run["train"].parent), reader]
    return subprocess.Popen(code, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_of_two_readers_at_once_one_has_the_training_done_and_the_other_waits(run):
    before = {name: path.read_bytes() for name, path in files(run).items()}
    drop(run)
    both = [lending(run, reader) for reader in ("one", "other")]
    assert [process.wait() for process in both] == [0, 0]
    assert {name: path.read_bytes() for name, path in files(run).items()} == before


def test_a_killed_loan_leaves_no_token_and_holds_up_nobody(run):
    drop(run)
    killed = lending(run, "killed")
    while killed.poll() is None and not (run["checkpoints"].parent / "again").exists():
        time.sleep(0.002)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tokens(run) / "killed").exists()
    lend(run)
    listed = tables.read(run["checkpoints"], CHECKPOINTS).to_pylist()
    assert [checksum(run["checkpoints"].parent / row["file"]) for row in listed] == [row["checksum"] for row in listed]
