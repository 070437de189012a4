from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.data.labels import load_labels
from rote.job import Job
from rote.subspaces.relabel import audit, relabel
from rote.tables.masc import MASC_ACCURACY, MASC_PREDICTIONS, RELABELLING
from tests.unit.small_tables import write_labels

JOB = Job(3, "", provenance={"params": {"code": "c"}})
N, TAPS = 12, ("input", "layer_1", "layer_2", "fully_connected")
SELECTION = {"input": 0.9, "layer_1": 0.4, "layer_2": 0.6, "fully_connected": 0.8}
HOW = {"labelling": "corrupted", "components": {"share": 0.9}}
KEYS = {"labelling": "corrupted", "method": "subspaces", "components": "share 0.9"}
labels_of_ten = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=60)


@given(labels_of_ten)
def test_wrong_labels_after_are_those_left_and_those_broken(labels):
    true, before, after = np.array(labels, dtype=np.int64).T
    found = audit(true, before, after)
    assert found.wrong_after == (true != after).sum() == found.wrong_before - found.corrected + found.broken


@given(labels_of_ten)
def test_the_published_identity_of_shares_holds_exactly(labels):
    found = audit(*np.array(labels, dtype=np.int64).T)
    n, wrong, right = found.examples, found.wrong_before, found.examples - found.wrong_before
    corrected = Fraction(found.corrected, wrong) if wrong else Fraction(0)
    broken = Fraction(found.broken, right) if right else Fraction(0)
    share = Fraction(wrong, n)
    assert Fraction(found.wrong_after, n) == share * (1 - corrected) + (1 - share) * broken


def test_the_published_rates_of_tiny_imagenet_are_ninety_two_percent_more_wrong_labels():
    """5.94 % corrected and 24.46 % broken of 20 % redrawn among 200 classes: the text says 92.46."""
    wrong = 0.2 * 199 / 200
    after = wrong * (1 - 0.0594) + (1 - wrong) * 0.2446
    assert after / wrong - 1 == pytest.approx(0.9251, abs=1e-4)


def write(folder, train_label=None):
    """Accuracies and predictions of two epochs; those of layer 2 of the last are example number modulo 4."""
    rows = [{"epoch": epoch, "tap": tap, **KEYS, "fitted_on": fit} for epoch in (0, 5) for tap in TAPS
            for fit in ("all", "other_folds")]  # fmt: skip
    right = {("layer_2", "all"): np.arange(N) % 4, ("layer_2", "other_folds"): np.zeros(N, int)}
    predicted = [
        right.get((row["tap"], row["fitted_on"]), np.full(N, 3)) if row["epoch"] else np.full(N, 2) for row in rows
    ]
    table = {name: [row[name] for row in rows] for name in rows[0]}
    tables.write(
        folder / "predictions.parquet",
        MASC_PREDICTIONS,
        table | {"split": ["train"] * len(rows), "predicted": [one.astype(np.int16) for one in predicted]},
        {},
    )
    once = [row for row in rows if row["fitted_on"] == "all"]
    values = [SELECTION[row["tap"]] if row["epoch"] else 1.0 for row in once]
    table = {name: [row[name] for row in once] for name in rows[0]}
    counts = dict.fromkeys(("examples", "correct", "tied"), [1] * len(once))
    groups = {"group": ["selection"] * len(once), "against": ["true"] * len(once), "standard_error": values}
    tables.write(folder / "accuracy.parquet", MASC_ACCURACY, table | counts | groups | {"accuracy": values}, {})
    write_labels(folder / "labels.parquet", np.arange(N) % 4, train_label)


def relabelled(folder, **how):
    outputs = folder / "relabelled.parquet", folder / "counts.parquet"
    inputs = (folder / f"{name}.parquet" for name in ("accuracy", "predictions", "labels"))
    relabel(*inputs, *outputs, how=HOW | how, job=JOB)
    return load_labels(outputs[0]), tables.read(outputs[1], RELABELLING).to_pandas()


def test_labels_are_those_of_the_layer_that_is_best_on_the_selection_part_and_neither_input_nor_logits(tmp_path):
    write(tmp_path, np.full(N, 1))
    labels, counts = relabelled(tmp_path)
    assert labels.train_label.tolist() == (np.arange(N) % 4).tolist()
    assert not labels.permuted.any()
    assert counts["tap"].tolist() == ["layer_2"] * 2
    used = counts[counts["used"]].iloc[0]
    assert used[["wrong_before", "corrected", "broken", "wrong_after"]].tolist() == [9, 9, 0, 0]


def test_cross_fitted_labels_are_used_where_they_are_asked_for_and_counted_anyway(tmp_path):
    write(tmp_path)
    labels, counts = relabelled(tmp_path, labels="cross_fitted")
    assert labels.train_label.tolist() == [0] * N
    assert labels.permuted.tolist() == (np.arange(N) % 4 != 0).tolist()
    assert counts["fitted_on"].tolist() == ["all", "other_folds"]
    assert counts["used"].tolist() == [False, True]
    assert counts["broken"].tolist() == [0, 9]
