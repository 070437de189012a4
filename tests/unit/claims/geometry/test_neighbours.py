"""Claims on neighbours, of shares whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.neighbours import on_neighbours
from rote.claims.measured import judged


def tables(restored, permuted, n_runs=4):
    """NEIGHBOUR_LABELS and HISTORY; shares by moment (first at epoch 0, best at 5, last at 9)."""
    random, rows, history = np.random.default_rng(0), [], []
    for run in range(n_runs):
        for epoch, moment in ((0, "first"), (5, "best"), (9, "last")):
            for group, shares in (("restored", restored), ("permuted", permuted)):
                rows.append((f"run_{run}", epoch, "relu_1", group, shares[moment] + 0.01 * random.standard_normal()))
            history.append((f"run_{run}", epoch, "test", {"first": 0.9, "best": 0.1, "last": 0.4}[moment]))
    columns = ["run", "epoch", "tap", "group", "agreement"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(history, columns=["run", "epoch", "subset", "error"])


def verdicts(*given, **options):
    return {one.claim.name: one for one in judged(on_neighbours(*tables(*given, **options)), "here")}


MIXED = {"first": 0.1, "best": 0.1, "last": 0.8}


def test_neighbourhoods_that_turn_from_true_to_permuted_labels_agree():
    found = verdicts({"first": 0.1, "best": 0.9, "last": 0.2}, MIXED)
    assert {one.verdict for one in found.values()} == {"agrees"}
    assert found["C25.best"].interval.estimate == pytest.approx(0.8, abs=0.02)
    assert found["C25.last"].interval.estimate == pytest.approx(-0.6, abs=0.02)


def test_what_untrained_networks_show_too_is_undecided():
    found = verdicts({"first": 0.7, "best": 0.9, "last": 0.2}, MIXED)
    assert found["C25.best"].verdict == "undecided"
    assert "so does the control's" in found["C25.best"].reason


def test_neighbourhoods_that_keep_to_true_labels_disagree_at_the_last_epoch():
    found = verdicts({"first": 0.1, "best": 0.9, "last": 0.8}, {"first": 0.1, "best": 0.1, "last": 0.2})
    assert found["C25.last"].verdict == "disagrees"
