"""Claims on rewinding, of accuracies whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.rewinding import on_rewinding
from rote.claims.measured import judged

EPOCHS = np.arange(0, 60, 2)
LAYERS = [f"layer_{number}" for number in range(1, 7)]
BEST, FINAL = 0.9, 0.6


def tables(test_accuracy, n_runs=4, noise=0.003, final=FINAL):
    """REWINDING and HISTORY of several runs; `test_accuracy` of a layer (0 to 5) and share of training (0 to 1)."""
    random, rewound, history = np.random.default_rng(0), [], []
    x = EPOCHS / EPOCHS[-1]
    for run in range(n_runs):
        for number, layer in enumerate(LAYERS):
            for group in ("test", "restored", "train"):
                curve = test_accuracy(number, x) if group != "train" else 1 - 0.5 * (x < 0.9 - number / 10)
                values = curve + noise * random.standard_normal(len(x)) * (group != "train")
                rewound += [
                    (f"run_{run}", layer, epoch, group, value, 0.003, final)
                    for epoch, value in zip(EPOCHS, values, strict=True)
                ]
        history += [(f"run_{run}", epoch, "test", 1 - a) for epoch, a in ((0, 0.1), (20, BEST), (58, final))]
    columns = ["run", "layer", "epoch", "group", "accuracy", "standard_error", "unchanged_accuracy"]
    return pd.DataFrame(rewound, columns=columns), pd.DataFrame(history, columns=["run", "epoch", "subset", "error"])


def as_claimed(number, x):
    """Late layers recover what was lost midway; early ones rise to the last accuracy."""
    late = number / 5
    return (1 - late) * (0.1 + (FINAL - 0.1) * x) + late * (FINAL + (BEST - FINAL) * 4 * x * (1 - x))


def as_found_elsewhere(number, x):
    return as_claimed(5 - number, x)


def findings(*given, **options):
    return {finding.claim.name: finding for finding in judged(on_rewinding(*tables(*given, **options)), "here")}


def test_networks_that_memorize_in_late_layers_agree_with_every_claim():
    found = findings(as_claimed)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(found, "agrees")


def test_networks_that_memorize_in_early_layers_disagree():
    found = findings(as_found_elsewhere)
    assert {found[name].verdict for name in ("C13", "C13.share", "C14", "C15.early", "C15.late")} == {"disagrees"}


def test_shares_are_of_what_was_lost():
    found = findings(as_claimed, noise=0)
    assert found["C13"].interval.estimate == pytest.approx(1, abs=0.01)
    assert found["C13.share"].interval.estimate == pytest.approx(1, abs=0.01)
    assert found["C13.share"].control.estimate == pytest.approx(0, abs=0.01)
    assert found["C13.drop"].interval.estimate == pytest.approx(BEST - FINAL)


def test_where_nothing_was_lost_nothing_can_be_recovered():
    found = findings(as_claimed, final=BEST - 0.01)
    assert found["C13.drop"].verdict == "disagrees"
    assert {found[name].verdict for name in ("C13", "C13.share", "C14")} == {"undecided"}


def test_the_best_of_many_noisy_accuracies_is_no_recovery():
    found = findings(lambda number, x: np.full(len(x), FINAL), n_runs=100, noise=0.05)
    assert abs(found["C13.share"].interval.estimate) < 0.05
