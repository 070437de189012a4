import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError
from rote.job import Job
from rote.similarity import rows
from rote.similarity.cka import linear_cka
from rote.similarity.compare import compare_epochs
from rote.similarity.epoch_cka import epoch_cka
from rote.similarity.initialisation import compare_initialisations
from rote.tables.dynamics import EPOCH_CKA, INITIALISATION_CKA

CPU = torch.device("cpu")
CHOICE = {"estimator": "unbiased", "batches": "ratio_of_means", "job": Job(provenance={"params": {"a": 1}})}


@pytest.fixture
def taps(walk):
    return {"wide": walk(6, 2, 16, 40), "narrow": walk(6, 2, 16, 3, seed=1)}


@pytest.mark.parametrize("memory", [1 << 30, 6000])
def test_the_table_holds_the_upper_triangle_of_every_tap_in_order(stored, taps, tmp_path, memory):
    epochs = [0, 1, 2, 5, 9, 30]
    manifest = stored(taps, epochs)
    compare_epochs(manifest, tmp_path / "map.parquet", **CHOICE, memory=memory)
    table = tables.read(tmp_path / "map.parquet", EPOCH_CKA).to_pandas()
    assert table["tap"].unique().tolist() == ["wide", "narrow"]
    for tap in taps:
        whole = epoch_cka(rows.load(manifest, tap), estimator="unbiased", batches="ratio_of_means")
        of_tap = table[table["tap"] == tap]
        pairs = list(zip(of_tap["epoch"], of_tap["other_epoch"], strict=True))
        assert pairs == [(e, f) for i, e in enumerate(epochs) for f in epochs[i:]]
        for pair, value, error in zip(pairs, of_tap["cka"], of_tap["standard_error"], strict=True):
            place = tuple(map(epochs.index, pair))
            assert value == pytest.approx(whole.cka[place], abs=1e-6)
            assert error == pytest.approx(whole.standard_error[place], abs=1e-6)


def test_estimator_and_averaging_stand_in_the_table(stored, taps, tmp_path):
    compare_epochs(stored(taps), tmp_path / "map.parquet", **CHOICE)
    provenance = tables.provenance(tmp_path / "map.parquet")
    assert (provenance["estimator"], provenance["batches"]) == ("unbiased", "ratio_of_means")
    assert provenance["params"] == {"a": 1}


def test_only_the_taps_asked_for_are_compared(stored, taps, tmp_path):
    compare_epochs(stored(taps), tmp_path / "map.parquet", **CHOICE, taps=["narrow"])
    assert set(tables.read(tmp_path / "map.parquet", EPOCH_CKA)["tap"].to_pylist()) == {"narrow"}


def test_an_unknown_tap_leaves_no_table(stored, taps, tmp_path):
    with pytest.raises(ConfigError, match="unknown tap: 'deep'"):
        compare_epochs(stored(taps), tmp_path / "map.parquet", **CHOICE, taps=["wide", "deep"])
    assert not (tmp_path / "map.parquet").exists()


def test_one_batch_has_no_standard_error_in_the_table(stored, walk, tmp_path):
    compare_epochs(stored({"tap": walk(3, 1, 16, 40)}), tmp_path / "map.parquet", **CHOICE)
    assert tables.read(tmp_path / "map.parquet", EPOCH_CKA)["standard_error"].null_count == 6


@pytest.mark.parametrize("memory", [1 << 30, 6000])
def test_every_epoch_is_compared_with_its_own_and_with_unrelated_initialisations(stored, taps, walk, tmp_path, memory):
    unrelated = {"wide": walk(2, 2, 16, 40, seed=7), "narrow": walk(2, 2, 16, 3, seed=8)}
    choice = CHOICE | {"estimator": "biased", "batches": "mean_of_cka"}
    compare_initialisations(stored(taps, unrelated=unrelated), tmp_path / "i.parquet", **choice, memory=memory)
    table = tables.read(tmp_path / "i.parquet", INITIALISATION_CKA).to_pandas()
    assert len(table) == 2 * 3 * 6
    for row in table.itertuples():
        other = taps[row.tap][0] if row.reference == "own" else unrelated[row.tap][row.index - 1]
        values = [linear_cka(x, y) for x, y in zip(taps[row.tap][row.epoch], other, strict=True)]
        assert row.cka == pytest.approx(np.mean(values), abs=1e-6)
    own = table[(table["reference"] == "own") & (table["epoch"] == 0)]
    assert (own["cka"] == 1).all()


def test_a_tap_constant_before_training_is_compared_with_no_initialisation(stored, walk, tmp_path):
    networks = walk(4, 2, 16, 40)
    networks[0] = torch.zeros_like(networks[0])
    unrelated = {"head": [torch.zeros_like(networks[0])]}
    compare_initialisations(stored({"head": networks}, unrelated=unrelated), tmp_path / "i.parquet", **CHOICE)
    assert len(tables.read(tmp_path / "i.parquet", INITIALISATION_CKA)) == 0
