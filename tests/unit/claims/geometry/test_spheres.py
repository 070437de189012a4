"""Claims on spheres, of capacities whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.spheres import on_spheres
from rote.claims.measured import judged

TAPS = ("input", "relu_1", "relu_2", "relu_3", "fully_connected")
BEST, LAST = 4, 9
PERMUTED = {BEST: (0.1, 0.1, 0.1), LAST: (0.1, 0.1, 0.4)}
OTHERS = {BEST: (0.2, 0.4, 0.6), LAST: (0.2, 0.4, 0.3)}


def findings(permuted=PERMUTED, others=OTHERS, correlation=0.01, taps=TAPS, n_runs=4):
    random, rows, history = np.random.default_rng(0), [], []
    for run in range(n_runs):
        for epoch in (BEST, LAST):
            for group in ("unpermuted", "permuted", "restored", "test"):
                curve = permuted if group == "permuted" else others
                capacities = [0.1, *curve[epoch], 9.0]
                rows += [
                    (f"run_{run}", epoch, tap, group, False, a * np.exp(1e-3 * random.standard_normal()), correlation)
                    for tap, a in zip(TAPS, capacities, strict=True)
                    if tap in taps
                ]
        history += [(f"run_{run}", BEST, "test", 0.1), (f"run_{run}", LAST, "test", 0.4)]
    columns = ["run", "epoch", "tap", "group", "shuffled", "capacity", "center_correlation"]
    table = pd.DataFrame(history, columns=["run", "epoch", "subset", "error"])
    found = judged(on_spheres(pd.DataFrame(rows, columns=columns), table), "here")
    return {one.claim.name: one for one in found}


def test_permuted_images_that_come_apart_after_the_second_layer_agree():
    found = findings()
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(found, "agrees")
    assert found["C26.after"].interval.estimate == pytest.approx(np.log(4), abs=0.01)
    assert found["C26.test"].interval.estimate == pytest.approx(np.log(0.5), abs=0.01)


def test_permuted_images_that_come_apart_at_once_or_never_disagree():
    at_once = findings(permuted={BEST: (0.1, 0.1, 0.1), LAST: (0.1, 0.4, 0.4)})
    assert (at_once["C26.after"].verdict, at_once["C26.before"].verdict) == ("disagrees", "disagrees")
    never = findings(
        permuted=dict.fromkeys((BEST, LAST), (0.1, 0.1, 0.1)), others=dict.fromkeys((BEST, LAST), (1,) * 3)
    )
    assert (never["C26.after"].verdict, never["C26.test"].verdict) == ("disagrees", "disagrees")


def test_correlated_centres_disagree_and_an_input_that_was_not_recorded_decides_nothing():
    assert findings(correlation=0.2)["C26.input"].verdict == "disagrees"
    without = findings(taps=TAPS[1:])
    assert without["C26.input"].verdict == "undecided"
    assert without["C26.after"].verdict == "agrees"
