"""The examples of docs/api.md, run as they are printed, on tables that the library writes."""

import doctest
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rote import tables
from rote.data.convert import convert
from rote.data.fetch import fetch
from rote.data.images import load_images
from rote.data.labels import corrupt_table
from rote.job import Job
from rote.memorization.estimate import estimate_scores
from rote.memorization.subsets import draw_subsets
from rote.tables.dynamics import EPOCH_CKA, repeated
from rote.tables.memorization import TRIALS, pack
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import write_checkpoint
from rote.training.manifest import write_manifest
from tests.unit.exports import EXPORTS

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in PAGE.split("\n## ")[1:])
N, TRIALS_MADE = 1437, 8
TAPS = ("stage_3", "stage_4")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with the tables that the page reads, as the demo has them: the real digits, drawn trials and maps."""
    folder = tmp_path_factory.mktemp("study")
    demo = folder / "results/demo"
    data, memorization = demo / "data/digits", demo / "memorization/digits_noise_20"
    fetch("digits", data_root=None, folder=folder, manifest=data / "sources.parquet", job=Job())
    train, test, job = data / "train.parquet", data / "test.parquet", Job(1, "digits")
    convert("digits", {}, manifest=data / "sources.parquet", train=train, test=test, job=job)
    labels = demo / "labels/digits/noise_20/seed_0.parquet"
    corrupt_table(train, labels, fraction=0.2, new_label="wrong_class", job=job)
    write_trials(memorization / "trials_0.parquet")
    estimate_scores(
        shards=[memorization / "trials_0.parquet"],
        train=train,
        output=memorization / "scores.parquet",
        job=Job(1, "digits", provenance={"wildcards": {"trials": "digits_noise_20"}}),
    )
    write_network(demo / "runs/digits_k4_true_labels", load_images(train))
    write_maps(demo / "training_dynamics/digits_k4_noise_20/epoch_cka.parquet")
    return folder


def write_trials(path):
    random = np.random.default_rng(0)
    columns = {
        "trial": np.arange(TRIALS_MADE),
        "training_seed": np.arange(TRIALS_MADE),
        "n_in": np.full(TRIALS_MADE, int(0.7 * N)),
        "membership": pack(draw_subsets(N, TRIALS_MADE, 0.7, 1)),
        "train_correct": pack(random.random((TRIALS_MADE, N)) < 0.8),
        "test_correct": pack(random.random((TRIALS_MADE, 360)) < 0.8),
    }
    accuracies = ("train_accuracy", "held_out_accuracy", "test_accuracy")
    tables.write(path, TRIALS, columns | {name: np.full(TRIALS_MADE, 0.8) for name in accuracies}, {})


def write_network(folder, images):
    """A manifest as a run's, of an untrained network."""
    blueprint = Blueprint.of({"name": "preactivation_resnet18", "width": 4}, images)
    checkpoint = write_checkpoint(blueprint.untrained(0), folder / "checkpoints", 0)
    write_manifest(folder / "checkpoints.parquet", folder / "checkpoints", [checkpoint], blueprint, {})


def write_maps(path):
    first, second = np.triu_indices(4)
    epochs = {"epoch": first.astype(np.int32), "other_epoch": second.astype(np.int32)}
    values = {"cka": 1 / (1 + second - first), "standard_error": pa.nulls(len(first), pa.float64())}
    with tables.writing(path, EPOCH_CKA, {}) as table:
        for tap in TAPS:
            table.append({"tap": repeated(tap, len(first), TAPS), **epochs, **values})


@pytest.mark.parametrize("section", [name for name, text in SECTIONS.items() if "```pycon" in text])
def test_an_example_runs_as_printed(section, study, monkeypatch):
    monkeypatch.chdir(study)
    source = "\n".join(re.findall(r"```pycon\n(.*?)```", SECTIONS[section], re.S))
    said: list[str] = []
    example = doctest.DocTestParser().get_doctest(source, {}, section, "docs/api.md", 0)
    assert len(example.examples) > 5
    doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert not said, "".join(said)


def test_every_export_stands_in_the_page():
    head = PAGE.split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(rote\.\w+)` \| (.*) \|$", head, re.M))
    for package in {package for package, _ in EXPORTS}:
        named = set(re.findall(r"`(\w+)`", rows[package]))
        assert named == {name for owner, name in EXPORTS if owner == package}


def test_no_example_is_left_out():
    assert PAGE.count("```") == 2 * PAGE.count("```pycon")
