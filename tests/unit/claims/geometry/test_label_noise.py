"""Claims on shares of random labels, of capacities whose answers are known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.label_noise import ROWS, on_label_noise
from rote.claims.measured import judged

TAPS = ("input", "layer_1", "layer_2", "layer_3", "fully_connected")
SHARES = (0.0, 0.5, 1.0)
WITHOUT = 0.05
ABSENT = {0.0: {"permuted", "restored"}, 0.5: set(), 1.0: {"unpermuted"}}


def as_claimed(tap, group, share):
    """Excess over no structure."""
    if group == "permuted":
        return 0.2 * share if tap == "layer_3" else 0.001
    match tap:
        case "layer_1":
            return 0.2
        case "layer_2":
            return 0.4 * (1 - 0.25 * share)
        case _:
            return 0.6 if group == "unpermuted" else 0.5 * (1 - 0.6 * share)


def findings(excess, n_seeds=4, noise=1e-4):
    random, rows, history, fractions, seeds = np.random.default_rng(0), [], [], {}, {}
    for seed, share in product(range(n_seeds), SHARES):
        run = f"share_{share}_seed_{seed}"
        fractions[run], seeds[run] = share, seed
        for tap, group, shuffled in product(TAPS, ("unpermuted", "permuted", "restored", "test"), (False, True)):
            if group not in ABSENT[share]:
                capacity = WITHOUT + (0 if shuffled else excess(tap, group, share))
                rows += [
                    (run, epoch, tap, group, shuffled, capacity + noise * random.standard_normal()) for epoch in (4, 9)
                ]
        history += [(run, 4, "test", 0.1), (run, 9, "test", 0.4)]
    capacities = pd.DataFrame(rows, columns=["run", "epoch", "tap", "group", "shuffled", "capacity"])
    capacities["group"] = pd.Categorical(capacities["group"])
    table = pd.DataFrame(history, columns=["run", "epoch", "subset", "error"])
    found = judged(on_label_noise(capacities, table, fractions=fractions, seeds=seeds), "here")
    return {one.claim.name: one for one in found}


def test_capacities_as_the_paper_has_them_agree_with_every_claim():
    found = findings(as_claimed)
    assert {name: one.verdict for name, one in found.items()} == {row.claim.name: "agrees" for row in ROWS}


def test_a_slope_is_the_change_from_no_random_labels_to_all_in_units_of_the_mean():
    found = findings(as_claimed, noise=0)
    curve = [WITHOUT + as_claimed("layer_3", "test", share) for share in SHARES]
    assert found["C23"].interval.estimate == pytest.approx((curve[-1] - curve[0]) / np.mean(curve))
    assert found["C23"].control.estimate == pytest.approx(0, abs=1e-12)


def test_networks_that_random_labels_do_not_touch_disagree():
    found = findings(lambda tap, group, share: 0.001 if group == "permuted" else 0.2 + 0.1 * share, noise=1e-3)
    assert found["C23"].verdict == "disagrees"
    assert {found[f"A.8.last.{group}"].verdict for group in ("restored", "test", "permuted")} == {"disagrees"}
    assert found["A.8.middle.slope"].verdict == "disagrees"


def test_test_images_whose_capacity_falls_in_every_layer_say_nothing_of_the_last():
    found = findings(lambda tap, group, share: 0.5 * (1 - 0.6 * share))
    assert found["C23"].verdict == "undecided"
    assert "so does the control's" in found["C23"].reason


def test_intervals_are_over_seeds():
    found = findings(as_claimed, n_seeds=3)
    assert {one.interval.n_units for one in found.values()} == {3}
    assert {one.verdict for one in found.values()} == {"undecided"}
