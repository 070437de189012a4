import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.job import Job
from rote.models.taps import representations
from rote.representations.images import draw_images, load_drawn
from rote.representations.record import record_representations
from rote.similarity import rows
from rote.similarity.cka import linear_cka
from rote.similarity.epoch_cka import epoch_cka
from rote.tables.data import images as images_schema
from rote.tables.representations import GRAM_ROWS
from rote.tables.training import HISTORY
from rote.training.inputs import Normalisation
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images

RESNET = {"name": "preactivation_resnet18", "width": 2}
TRANSFORMER = {
    "name": "vision_transformer",
    "patch_size": 4,
    "layers": 1,
    "heads": 1,
    "hidden_size": 8,
    "mlp_size": 8,
}


def write_study(folder, architecture, epochs=4):
    """Images, batches and checkpoints of a run; give the images (N, H, W, C) and the networks."""
    pixels = np.random.default_rng(0).integers(0, 256, (60, *SHAPE), dtype=np.uint8)
    write_images(folder / "test.parquet", pixels, np.arange(60) % 4, split="test", mean=(0.4,))
    draw_images(folder / "test.parquet", folder / "drawn.parquet", batches=2, batch_size=24, job=Job(0, "noise"))
    networks = [network(architecture, seed) for seed in range(epochs)]
    write_checkpoints(folder, dict(enumerate(networks)), architecture=architecture, mean=(0.4,))
    return pixels, networks


def record(folder, code="c", history=None, **options):
    record_representations(
        checkpoints=folder / "checkpoints.parquet",
        images=folder / "test.parquet",
        drawn=folder / "drawn.parquet",
        history=history,
        output=folder / "rows" / "gram_rows.parquet",
        what={"form": "gram", "epochs": "all", "unrelated_initialisations": 2, **options},
        job=Job(0, "run", provenance={"params": {"code": code}}),
    )
    return folder / "rows" / "gram_rows.parquet"


def files(manifest):
    return {path.name: path for path in manifest.with_suffix("").iterdir()}


def test_the_rows_are_those_of_every_tap_in_evaluation_mode(tmp_path):
    pixels, networks = write_study(tmp_path, RESNET)
    manifest = record(tmp_path)
    examples = load_drawn(tmp_path / "drawn.parquet")
    normalise = Normalisation([0.4], [0.3], torch.device("cpu"))
    taken = [
        [representations(model.eval(), normalise(torch.from_numpy(pixels[batch]))) for batch in examples]
        for model in networks
    ]
    assert rows.taps(manifest) == tuple(networks[0].taps)
    for tap in rows.taps(manifest):
        of_tap = rows.load(manifest, tap)
        assert of_tap.epochs.tolist() == [0, 1, 2, 3]
        expected = [[np.mean([linear_cka(x[b][tap], y[b][tap]) for b in range(2)]) for y in taken] for x in taken]
        assert epoch_cka(of_tap).cka == pytest.approx(np.array(expected), abs=1e-6)


def test_equal_weights_give_equal_rows_whatever_was_recorded_between(tmp_path):
    write_study(tmp_path, RESNET, epochs=3)
    write_checkpoints(tmp_path, dict(enumerate(network(RESNET, seed) for seed in (5, 6, 5))), architecture=RESNET)
    found = files(record(tmp_path))
    first, other, same = (load_file(found[f"epoch_00000{i}.safetensors"]) for i in range(3))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["rows/stage_1"], other["rows/stage_1"])


@pytest.mark.slow
def test_a_run_killed_midway_goes_on_and_ends_with_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        write_study(folder, RESNET, epochs=40)
    record(whole)
    code = f"from pathlib import Path; from {__name__} import record; record(Path({str(killed)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    started = killed / "rows" / "gram_rows"
    while process.poll() is None and len(list(started.glob("*.safetensors"))) < 6:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in started.glob("[!.]*.safetensors")}
    assert 6 <= len(kept) < 42
    assert not (killed / "rows" / "gram_rows.parquet").exists()

    manifest = record(killed)
    assert manifest.read_bytes() == (whole / "rows" / "gram_rows.parquet").read_bytes()
    assert {name: files(manifest)[name].stat().st_mtime_ns for name in kept} == kept
    assert {name: path.read_bytes() for name, path in files(manifest).items()} == {
        name: path.read_bytes() for name, path in files(whole / "rows" / "gram_rows.parquet").items()
    }


@pytest.mark.parametrize(
    ("change", "architecture"),
    [({"code": "d"}, RESNET), ({"taps": ["stage_1"]}, RESNET), ({}, {**RESNET, "width": 3})],
    ids=["code", "taps", "architecture"],
)
def test_rows_of_other_code_taps_or_architecture_are_replaced(tmp_path, change, architecture):
    write_study(tmp_path, RESNET)
    before = {name: path.read_bytes() for name, path in files(record(tmp_path)).items()}
    write_study(tmp_path, architecture)
    after = {name: path.read_bytes() for name, path in files(record(tmp_path, **change)).items()}
    assert before.keys() == after.keys()
    assert all(before[name] != after[name] for name in before)


def test_a_cut_file_is_replaced_and_a_file_of_no_epoch_removed(tmp_path):
    write_study(tmp_path, RESNET)
    manifest = record(tmp_path)
    path = files(manifest)["epoch_000002.safetensors"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    path.with_name("epoch_000099.safetensors").write_bytes(whole)
    assert path.read_bytes() != whole
    record(tmp_path)
    assert path.read_bytes() == whole
    assert "epoch_000099.safetensors" not in files(manifest)


def test_what_is_recorded_is_kept_when_its_checkpoint_is_gone(tmp_path):
    write_study(tmp_path, RESNET)
    manifest = record(tmp_path)
    before = manifest.read_bytes()
    for path in (tmp_path / "checkpoints").iterdir():
        path.unlink()
    record(tmp_path)
    assert manifest.read_bytes() == before
    with pytest.raises(TrainingError, match="dropped"):
        record(tmp_path, code="other")


def recorded_epochs(manifest):
    listed = tables.read(manifest, GRAM_ROWS).to_pylist()
    return [row["epoch"] for row in listed if row["reference"] == "own"]


@pytest.mark.parametrize(("epochs", "expected"), [("all", [0, 1, 2, 3]), ("last", [3]), ([2, 0], [0, 2])])
def test_checkpoints_are_those_asked_for_in_order(tmp_path, epochs, expected):
    write_study(tmp_path, RESNET)
    assert recorded_epochs(record(tmp_path, epochs=epochs)) == expected


def write_history(path, errors):
    """A history of errors on the test set, evaluated at every epoch."""
    rows = [(epoch, "test", 20, 1.0, error, 0.1) for epoch, error in enumerate(errors)]
    names = [column.name for column in HISTORY.columns]
    tables.write(path, HISTORY, dict(zip(names, zip(*rows, strict=True), strict=True)), {})
    return path


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        (["best"], [2]),
        (["last", "first"], [0, 3]),
        ([1, "best", "first", "last"], [0, 1, 2, 3]),
        ([0, 2, "first", "best"], [0, 2]),
    ],
)
def test_first_best_and_last_stand_for_epochs_and_each_is_recorded_once(tmp_path, epochs, expected):
    write_study(tmp_path, RESNET)
    history = write_history(tmp_path / "history.parquet", [0.9, 0.5, 0.3, 0.3])
    assert recorded_epochs(record(tmp_path, history=history, epochs=epochs)) == expected


def test_the_best_epoch_needs_a_history_and_a_checkpoint(tmp_path):
    write_study(tmp_path, RESNET)
    with pytest.raises(ConfigError, match="which epoch is the best stands in the run's history"):
        record(tmp_path, epochs=["best"])
    history = write_history(tmp_path / "history.parquet", [0.9, 0.5, 0.3, 0.3, 0.2])
    with pytest.raises(TrainingError, match=r"lists no checkpoint of epoch 4\. .* for the best, set keep_best"):
        record(tmp_path, history=history, epochs=["best"])
    with pytest.raises(ConfigError, match="Did you mean last"):
        record(tmp_path, epochs=["lats"])


def test_more_epochs_leave_what_is_there(tmp_path):
    write_study(tmp_path, RESNET)
    before = {name: path.stat().st_mtime_ns for name, path in files(record(tmp_path, epochs=[1])).items()}
    after = {name: path.stat().st_mtime_ns for name, path in files(record(tmp_path, epochs="all")).items()}
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 3


def test_an_epoch_without_a_checkpoint_is_refused_before_anything_is_written(tmp_path):
    write_study(tmp_path, RESNET)
    with pytest.raises(TrainingError, match=r"no checkpoint of epoch 7\. Name epochs of the recipe's grid"):
        record(tmp_path, epochs=[0, 7])
    assert not (tmp_path / "rows").exists()


def test_the_images_themselves_and_the_outputs_of_relus_are_taps(tmp_path):
    pixels, _ = write_study(tmp_path, RESNET, epochs=2)
    manifest = record(tmp_path, taps=["relu_3", "input"])
    assert rows.taps(manifest) == ("input", "relu_3")
    own = rows.load(manifest, "input")
    batch = torch.from_numpy(pixels[load_drawn(tmp_path / "drawn.parquet")[0]]).flatten(1).double()
    centred = batch - batch.mean(0)
    expected = centred @ centred.T / torch.linalg.matrix_norm(centred @ centred.T)
    torch.testing.assert_close(own.matrix(1, 0).double(), expected, atol=1e-6, rtol=0)
    assert rows.taps(record(tmp_path, taps="relu")) == tuple(f"relu_{place}" for place in range(1, 17))


def test_unrelated_initialisations_resemble_neither_each_other_nor_the_run(tmp_path):
    write_study(tmp_path, RESNET)
    manifest = record(tmp_path)
    unrelated, own = (rows.load(manifest, "stage_1", reference) for reference in ("unrelated", "own"))
    assert unrelated.indices.tolist() == [1, 2]
    assert (epoch_cka(unrelated + own).cka[np.triu_indices(6, 1)] < 0.999).all()


def test_an_unrelated_initialisation_does_not_depend_on_how_many_there_are(tmp_path):
    write_study(tmp_path, RESNET)
    few = files(record(tmp_path, unrelated_initialisations=1))["unrelated_001.safetensors"].read_bytes()
    assert files(record(tmp_path, unrelated_initialisations=3))["unrelated_001.safetensors"].read_bytes() == few
    assert tables.read(tmp_path / "rows" / "gram_rows.parquet", GRAM_ROWS)["reference"].to_pylist() == (
        ["unrelated"] * 3 + ["own"] * 4
    )


def test_a_head_that_begins_at_zero_is_recorded_and_left_out(tmp_path):
    _, networks = write_study(tmp_path, TRANSFORMER)
    torch.nn.init.normal_(networks[1].layers.heads.head.weight, generator=torch.Generator().manual_seed(0))
    write_checkpoints(tmp_path, dict(enumerate(networks[:2])), architecture=TRANSFORMER)
    manifest = record(tmp_path)
    assert rows.load(manifest, "head").epochs.tolist() == [1]
    assert rows.load(manifest, "block_1").epochs.tolist() == [0, 1]


def test_an_unknown_tap_is_refused_before_anything_is_written(tmp_path):
    write_study(tmp_path, RESNET)
    with pytest.raises(ConfigError, match="Did you mean stage_1"):
        record(tmp_path, taps=["stage1"])
    assert not (tmp_path / "rows").exists()


def test_a_network_that_diverged_is_named(tmp_path):
    _, networks = write_study(tmp_path, RESNET)
    networks[1].stage_3[0].conv1.weight.data.fill_(torch.nan)
    write_checkpoints(tmp_path, dict(enumerate(networks)), architecture=RESNET)
    with pytest.raises(DataError, match="tap stage_3 of epoch_000001"):
        record(tmp_path)
    assert not (tmp_path / "rows" / "gram_rows.parquet").exists()


def test_batches_of_a_larger_data_set_are_refused(tmp_path):
    write_study(tmp_path, RESNET)
    columns = tables.read(tmp_path / "test.parquet", images_schema(SHAPE)).slice(0, 30).to_pydict()
    header = {"dataset": tables.provenance(tmp_path / "test.parquet")["dataset"]}
    tables.write(tmp_path / "test.parquet", images_schema(SHAPE), columns, header)
    with pytest.raises(DataError, match="drawn from more images"):
        record(tmp_path)
