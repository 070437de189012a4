import shutil
from pathlib import Path

import numpy as np
import pytest

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.review.certificates import review_counts, review_radii
from rote.review.densities import review_class
from rote.review.recomputation import Recomputation
from rote.review.similarity import review_epochs
from rote.review.trials import review_subsets, review_trainings
from rote.seeds import Seeds
from rote.tables.density import POSTERIOR_SAMPLES, TRACES
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.memorization import TRIALS, pack
from rote.tables.robustness import CERTIFICATES
from tests.unit.review.small_study import (
    CERTIFICATION,
    HOW,
    OPTIONS,
    SEED,
    SPEC,
    forge,
    write_certificates,
    write_densities,
    write_images,
    write_map,
    write_trials,
)

VALUES = 1e-9
ROUNDING = 1e-6  # few epochs are summed in another order than all


def recomputation(folder, seed_key=""):
    return Recomputation(Job(SEED, seed_key), np.random.default_rng(0), folder / "again")


def flipped(bits):
    """Packed bits, the first of them flipped."""
    return bytes([bits[0] ^ 128]) + bits[1:]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    write_trials(folder, write_images(folder))
    return folder


@pytest.fixture
def data(undisturbed):
    return {name: undisturbed / f"{name}.parquet" for name in ("train", "test", "labels")}


@pytest.fixture
def shards(undisturbed, tmp_path):
    """Tables of trials that a test may change."""
    return [Path(shutil.copy(undisturbed / f"trials_{shard}.parquet", tmp_path)) for shard in range(2)]


def subsets(shard, data, **changes):
    given = {"spec": SPEC, "train": data["train"], "test": data["test"], "seeds": Seeds(SEED, "estimate")}
    return review_subsets(shard=shard, table=shard.name, **{**given, **changes})


def trainings(shards, data, folder, stacks=3):
    return review_trainings(
        shards={shard.name: shard for shard in shards},
        spec=SPEC,
        **data,
        stacks=stacks,
        level=0.001,
        recomputation=recomputation(folder, "estimate"),
    )


def test_trials_agree_with_themselves_shard_by_shard_and_stack_by_stack(shards, data, tmp_path):
    assert all(subsets(shard, data).agrees for shard in shards)
    found = trainings(shards, data, tmp_path)
    assert [(one.table, one.part) for one in found] == [
        ("trials_0.parquet", "training of trials 0 to 1"),
        ("trials_0.parquet", "training of trials 2 to 2"),
        ("trials_1.parquet", "training of trials 3 to 3"),
        ("trials_1.parquet", "training of trials 4 to 5"),
        ("", "likelihood of trials on record under one another"),
        ("", "likelihood of trials on record under those trained again"),
    ]
    assert [one.difference for one in found[:4]] == [0, 0, 0, 0]
    assert all(one.agrees for one in found[4:])


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("membership", flipped),
        ("training_seed", lambda seed: seed + 1),
        ("train_accuracy", lambda share: share / 2),
        ("test_accuracy", lambda share: share + 0.01),
        ("train_correct", flipped),
    ],
)
def test_a_forged_trial_is_found_without_training(shards, data, column, change):
    forge(shards[0], TRIALS, column, 1, change)
    found = subsets(shards[0], data)
    assert not found.agrees
    assert found.note


def test_trials_of_another_seed_do_not_agree(shards, data):
    assert not subsets(shards[0], data, seeds=Seeds(SEED + 1, "estimate")).agrees


def test_forged_bits_are_found_by_training_again(shards, data, tmp_path):
    forge(shards[0], TRIALS, "test_correct", 1, flipped)
    first, *others = trainings(shards, data, tmp_path)
    assert first.difference == 1 / (2 * (40 + 20))
    assert not first.agrees
    assert all(one.agrees for one in others)


def test_trials_that_another_kind_of_processor_made_are_tested_for_equivalence(shards, data, tmp_path):
    for shard in shards:
        recorded = {**tables.provenance(shard), "processor": {"model": "another"}}
        columns = tables.read(shard, TRIALS)
        tables.write(shard, TRIALS, {name: columns[name] for name in columns.column_names}, recorded)
        assert tables.provenance(shard)["processor"] == {"model": "another"}
    found = trainings(shards, data, tmp_path)
    assert {one.criterion for one in found} == {"equivalence"}
    assert all(one.agrees for one in found)


def test_no_more_stacks_are_trained_than_asked_for(shards, data, tmp_path):
    parts = [one.part for one in trainings(shards[:1], data, tmp_path, stacks=1)]
    assert sum(part.startswith("training of") for part in parts) == 1


def test_a_trial_with_the_bits_of_another_subset_is_named_though_none_is_trained_again(shards, data, tmp_path):
    correct = np.random.default_rng(0).random((64, 40)) < 0.1
    membership = np.random.default_rng(1).random((64, 40)) < 0.5
    correct[membership] = True  # what a trial saw it has learnt
    correct[7] = correct[8]
    columns = {name: column.to_pylist() * 22 for name, column in table_of(shards[0]).items()}
    columns = {name: values[:64] for name, values in columns.items()}
    columns |= {"trial": range(64), "membership": pack(membership), "train_correct": pack(correct)}
    tables.write(shards[0], TRIALS, columns, tables.provenance(shards[0]))
    (found,) = trainings(shards[:1], data, tmp_path, stacks=0)
    assert not found.agrees
    assert found.note.startswith("1 are too unlikely (trial 7:")


def table_of(path):
    table = tables.read(path, TRIALS)
    return dict(zip(table.column_names, table.columns, strict=True))


def fitted(paths, folder):
    given = {"options": OPTIONS, "tolerance": VALUES, "recomputation": recomputation(folder, "run, tap")}
    return review_class(**paths, table="samples", **given)


def test_a_class_fitted_again_agrees_and_forged_chains_do_not(tmp_path):
    paths = write_densities(tmp_path)
    traces, samples = fitted(paths, tmp_path)
    assert traces.agrees
    assert samples.agrees
    assert traces.values > 0 < samples.values
    label = int(traces.part.split()[-1])
    forge(paths["traces"], TRACES, "log_joint", label * 60 + 7, lambda value: value + 1e-3)
    forge(paths["samples"], POSTERIOR_SAMPLES, "assignments", label * 10 + 3, lambda ones: [ones[0] + 1, *ones[1:]])
    traces, samples = fitted(paths, tmp_path)
    assert traces.note == "1 of 60 values of log_joint differ, the first at 7"
    assert not samples.agrees


def entries(paths, folder, epochs=4):
    given = {"epochs": epochs, "how": HOW, "tolerance": ROUNDING, "recomputation": recomputation(folder)}
    return review_epochs(**paths, table="map", **given)


def test_entries_of_a_map_agree_and_a_forged_one_does_not(tmp_path):
    paths = write_map(tmp_path)
    found = entries(paths, tmp_path)
    assert found.agrees
    assert found.values == 2 * (4 * 5 // 2) * 5  # taps, pairs, columns
    assert entries(paths, tmp_path, epochs=7).agrees
    forge(paths["epoch_cka"], EPOCH_CKA, "cka", 3, lambda value: value / 2)
    assert not entries(paths, tmp_path, epochs=7).agrees


def test_altered_gram_rows_are_named(tmp_path):
    paths = write_map(tmp_path)
    file = tmp_path / "gram_rows" / "own_0_3.safetensors"
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"own_0_3\.safetensors"):
        entries(paths, tmp_path, epochs=7)


def recertified(path, given, folder, examples):
    network = {name: value for name, value in given.items() if name != "job"}
    what = {"certification": CERTIFICATION, "tolerance": 0.0, "recomputation": recomputation(folder, "smoothed")}
    return review_counts(certificates=path, table="c", examples=examples, **network, **what)


def test_certificates_agree_and_forged_ones_do_not(tmp_path, data):
    path, given = write_certificates(tmp_path, data)

    def counts():
        return recertified(path, given, tmp_path, examples=10)

    def radii():
        return review_radii(certificates=path, table="c", certification=CERTIFICATION, tolerance=VALUES)

    assert radii().agrees
    assert counts().difference == 0
    forge(path, CERTIFICATES, "count", 4, lambda count: count - 1)
    assert "example" in counts().note
    forge(path, CERTIFICATES, "radius", 4, lambda radius: 0.1 if radius is None else radius * 2)
    assert not radii().agrees


def test_fewer_examples_are_certified_again_where_fewer_are_asked_for(tmp_path, data):
    path, given = write_certificates(tmp_path, data)
    found = recertified(path, given, tmp_path, examples=3)
    assert found.agrees
    assert found.values == 3
