"""Whole trainings again: of a run made here, and of runs that other kernels of oneDNN made."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rote import tables
from rote.review.networks import review_run
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.training import HISTORY
from tests.unit.review.small_study import described, forge, write_images, write_run
from tests.unit.small_tables import write_labels


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of images, labels and one run, made on this kind of processor."""
    folder = tmp_path_factory.mktemp("made")
    write_run(folder / "run", write_noisy(folder))
    return folder


def write_noisy(folder):
    """Images of `small_study`, half of whose labels are drawn at random; and other such labels."""
    data, true_label = write_images(folder), np.arange(40) % 3
    for name, seed in (("labels", 1), ("other_labels", 2)):
        random = np.random.default_rng(seed)
        drawn = (true_label + random.integers(1, 3, 40)) % 3
        write_labels(folder / f"{name}.parquet", true_label, np.where(random.random(40) < 0.5, drawn, true_label))
    return data


@pytest.fixture
def run(made, tmp_path):
    """The run, which a test may change; its images and labels are shared."""
    shutil.copytree(made / "run", tmp_path / "run")
    return described(tmp_path / "run", data_of(made))


def data_of(folder):
    return {name: folder / f"{name}.parquet" for name in ("train", "test", "labels")}


def of_another_kind(run):
    """As if another kind of processor had made it."""
    table = tables.read(run.history, HISTORY)
    recorded = {**tables.provenance(run.history), "processor": {"model": "another"}}
    tables.write(run.history, HISTORY, dict(zip(table.column_names, table.columns, strict=True)), recorded)
    return run


def review(run, folder):
    results = run.history.parents[1]
    given = {"level": 0.001, "values": 1e-6, "counts": 0.01}
    return {one.part: one for one in review_run(run, results=results, **given, folder=folder / "again")}


def refused(run, folder):
    return {part for part, one in review(run, folder).items() if not one.agrees}


def test_a_run_trained_again_on_the_same_kind_of_processor_is_equal_to_the_last_bit(run, tmp_path):
    found = review(run, tmp_path)
    assert list(found) == ["history of a whole training", "checkpoints of a whole training", "map of a whole training"]
    assert {one.criterion for one in found.values()} == {"equality"}
    assert found["history of a whole training"].difference == found["checkpoints of a whole training"].difference == 0
    assert all(one.agrees for one in found.values())


def test_an_altered_history_is_named_by_training_again(run, tmp_path):
    forge(run.history, HISTORY, "error", 17, lambda error: error + 0.001)
    assert refused(run, tmp_path) == {"history of a whole training"}


OTHER_KERNELS = """
import sys
from pathlib import Path
from tests.unit.review.small_study import write_run
from tests.unit.review.test_networks import data_of
made, folder = map(Path, sys.argv[1:])
write_run(folder, data_of(made))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["AVX2", "SSE41"])
def test_an_honest_run_of_other_kernels_is_equivalent(made, tmp_path, kernels):
    command = [sys.executable, "-c", OTHER_KERNELS, str(made), str(tmp_path / "run")]
    subprocess.run(command, env={**os.environ, "ONEDNN_MAX_CPU_ISA": kernels}, check=True, capture_output=True)
    run = described(tmp_path / "run", data_of(made))
    if tables.provenance(run.history)["processor"] == tables.provenance(made / "run/history.parquet")["processor"]:
        pytest.skip("these kernels are this machine's own")
    found = review(run, tmp_path)
    assert {one.criterion for part, one in found.items() if part != "checksums of networks"} == {"equivalence"}
    assert len(found) == 7
    assert {part: one.note for part, one in found.items() if not one.agrees} == {}


def test_a_history_altered_at_a_checkpoint_is_refused(run, tmp_path):
    forge(of_another_kind(run).history, HISTORY, "error", 4 * 5 + 1, lambda error: error / 2)
    assert refused(run, tmp_path) == {"history from the networks on record"}


def test_a_map_whose_epochs_were_exchanged_is_refused(run, tmp_path):
    columns = tables.read(of_another_kind(run).epoch_map.epoch_cka, EPOCH_CKA).to_pydict()
    exchanged = {0: 6, 6: 0}
    keys = list(zip(*(columns[name] for name in ("tap", "epoch", "other_epoch")), strict=True))
    place = {key: number for number, key in enumerate(keys)}
    for name in ("cka", "standard_error"):
        values = columns[name]
        columns[name] = [
            values[place[(tap, *sorted(exchanged.get(epoch, epoch) for epoch in epochs))]] for tap, *epochs in keys
        ]
    tables.write(run.epoch_map.epoch_cka, EPOCH_CKA, columns, {})
    assert "map from the networks on record" in refused(run, tmp_path)


def test_a_run_of_another_seed_is_refused(run, made, tmp_path):
    other = replace(write_run(tmp_path / "other", data_of(made), seed=1), spec=run.spec)
    assert "history of the untrained network" in refused(of_another_kind(other), tmp_path)


def test_a_network_trained_on_other_labels_is_refused(run, made, tmp_path):
    other = replace(
        write_run(tmp_path / "other", data_of(made), labels=made / "other_labels.parquet"), labels=run.labels
    )
    assert {"history of the untrained network", "history from the networks on record"} <= refused(
        of_another_kind(other), tmp_path
    )


def test_networks_that_are_not_here_are_counted_as_not_computed_again(run, tmp_path):
    shutil.rmtree(run.checkpoints.with_suffix(""))
    found = review(of_another_kind(run), tmp_path)
    assert found["history from the networks on record"].note.startswith("not computed again: the networks of")
    assert found["history among trainings that round otherwise"].values == 4


def test_what_a_gpu_trained_is_not_trained_again_on_a_cpu(run, tmp_path):
    columns = tables.read(run.history, HISTORY).to_pydict()
    tables.write(run.history, HISTORY, columns, {"device": "NVIDIA H100"})
    (found,) = review(run, tmp_path).values()
    assert found.note.startswith("not computed again: trained on NVIDIA H100")
