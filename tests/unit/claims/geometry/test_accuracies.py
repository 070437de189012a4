"""Claims on accuracies, of histories whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.accuracies import on_accuracies
from rote.claims.measured import judged

EPOCHS = np.arange(11)


def history(n_runs=4, noise=0.002, **curves):
    """HISTORY of several runs: accuracy of each group by epoch, given as functions of the epoch."""
    random, rows = np.random.default_rng(0), []
    for run in range(n_runs):
        for group, curve in curves.items():
            error = 1 - curve(EPOCHS / 10) + noise * random.standard_normal(len(EPOCHS))
            rows += [(f"run_{run}", epoch, group, e) for epoch, e in zip(EPOCHS, error, strict=True)]
    return pd.DataFrame(rows, columns=["run", "epoch", "subset", "error"])


def hump(x):
    return 0.1 + 0.8 * 4 * x * (1 - x)


MEMORIZING = {
    "restored": hump,
    "test": hump,
    "unpermuted": lambda x: np.minimum(0.1 + 2.5 * x, 0.99),
    "permuted": lambda x: 0.1 + 0.85 * (x > 0.6) * np.minimum((x - 0.6) * 5, 1),
}
LEARNING_ONLY = {
    "restored": lambda x: 0.1 + 0.8 * x,
    "test": lambda x: 0.1 + 0.8 * x,
    "unpermuted": lambda x: 0.1 + 0.85 * x,
    "permuted": lambda x: 0.1 + 0.01 * x,
}


def verdicts(table):
    return {finding.claim.name: finding.verdict for finding in judged(on_accuracies(table), "here")}


def estimates(table):
    return {one.claim.name: one.interval.estimate for one in on_accuracies(table)}


def test_networks_that_generalise_first_and_memorize_later_agree_with_every_claim():
    assert set(verdicts(history(**MEMORIZING)).values()) == {"agrees"}


def test_networks_that_never_memorize_disagree_with_the_falls():
    found = verdicts(history(**LEARNING_ONLY))
    assert found["C1.fall"] == found["C2"] == "disagrees"
    assert found["C1.rise"] == "agrees"
    assert found["C3"] == "undecided"  # permuted labels are never fitted


def test_the_falls_are_those_of_the_curves():
    found = estimates(history(noise=0, **MEMORIZING))
    assert found["C1.fall"] == pytest.approx(0.8)
    assert found["C2"] == pytest.approx(0.8)
    assert found["C3"] == 8 - 4


def test_noise_alone_shows_no_fall():
    """A maximum minus the last value would be above 0 by construction."""
    flat = {group: lambda x: np.full(len(x), 0.5) for group in MEMORIZING}
    found = estimates(history(n_runs=400, noise=0.1, **flat))
    assert abs(found["C1.fall"]) < 0.02
    assert abs(found["C2"]) < 0.02


def test_three_seeds_decide_nothing():
    assert set(verdicts(history(n_runs=3, **MEMORIZING)).values()) == {"undecided"}


def test_without_permuted_labels_nothing_about_them_is_defined():
    table = history(**{group: MEMORIZING[group] for group in ("unpermuted", "test")})
    assert set(verdicts(table).values()) == {"undecided"}
