"""Networks stitched as the paper says it, and as its controls would have it."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.measured import judged
from rote.claims.stitching.stitches import on_fitting, on_similarity, on_stitches

CUTS, SHARES, CLEAN = ("one", "two", "three", "four"), (0.2, 0.5), 0.95
STEEP = (0.0, 0.0, 0.2, 0.5)  # slope of the drop at each cut
GAINED = (0.0, 0.2, 1.0, 1.0)  # share of the way from the noisy network to the clean one, with a clean front


def noisy(share):
    return CLEAN - share


def drawn(repetitions=5, random_front=0.3, own_front=0.0, random_tail=0.3, steep=STEEP):
    """STITCHES in which random fronts and tails reach an accuracy, and the own front with a stitch gains some."""
    rows, draw = [], np.random.default_rng(0)
    for repetition, (place, cut) in product(range(repetitions), enumerate(CUTS)):

        def add(front, tail, share, accuracy, repetition=repetition, cut=cut):
            rows.append(
                {
                    "repetition": f"seed {repetition}",
                    "cut": cut,
                    "front_role": front,
                    "tail_role": tail,
                    "tail": f"{tail} {share}",
                    "noise": share,
                    "accuracy": accuracy + draw.normal(0, 1e-3),
                    "tail_accuracy": {"clean": CLEAN, "noisy": noisy(share)}.get(tail, 0.1),
                }
            )

        add("second_clean", "clean", 0.0, CLEAN)
        add("untrained", "clean", 0.0, random_front)
        add("self", "clean", 0.0, CLEAN)
        add("clean", "untrained", 0.0, random_tail)
        for share in SHARES:
            add("noisy", "clean", share, CLEAN - steep[place] * share)
            add("clean", "noisy", share, noisy(share) + GAINED[place] * share)
            add("untrained", "noisy", share, random_front)
            add("self", "noisy", share, noisy(share) + own_front)
    return pd.DataFrame(rows)


def verdicts(frame):
    return {one.claim.name: one for one in judged(on_stitches(frame), "")}


def test_networks_that_are_as_the_paper_says_agree():
    found = verdicts(drawn())
    expected = {"S4.first", "S4.half", "S4.slope", "S4.order", "S4.order_last", "S4.front", "S5.first", "S6"}
    expected |= {"S5.gain_2", "S5.gain_3", "S5.gain_4", "S5.reaches", "S5.reaches_last"}
    assert {name for name, one in found.items() if one.verdict == "agrees"} == expected
    assert found["S4.slope"].interval.estimate == pytest.approx(0.2, abs=0.01)
    assert found["S4.slope_last"].interval.estimate == pytest.approx(0.5, abs=0.01)


def test_at_the_last_cut_a_random_front_that_costs_as_much_decides_nothing():
    assert verdicts(drawn(random_front=0.7))["S4.slope_last"].verdict == "undecided"


def test_what_the_noisy_network_gains_by_a_stitch_alone_is_no_gain_of_a_clean_front():
    found = verdicts(drawn(own_front=0.45))
    assert found["S5.gain_2"].verdict == "disagrees"
    assert found["S6"].verdict == "disagrees"


def test_an_untrained_tail_that_is_repaired_as_well_decides_nothing():
    found = verdicts(drawn(random_tail=CLEAN))
    assert [found[name].verdict for name in ("S5.gain_3", "S5.gain_4", "S5.reaches")] == ["undecided"] * 3


def test_a_random_front_that_serves_as_well_leaves_the_noisy_one_without_merit():
    assert verdicts(drawn(random_front=CLEAN))["S4.front"].verdict == "disagrees"


def test_a_drop_that_early_layers_cost_disagrees():
    assert verdicts(drawn(steep=(0.5, 0.5, 0.5, 0.5)))["S4.first"].verdict == "disagrees"


def test_one_repetition_decides_nothing_and_two_shares_have_no_bend():
    assert {one.verdict for one in verdicts(drawn(repetitions=1)).values()} == {"undecided"}
    assert np.isnan(verdicts(drawn())["S4.linear"].interval.estimate)


def test_fitting_is_of_the_last_epoch_and_of_the_worst_share():
    history = pd.DataFrame(
        [
            {"run": run, "epoch": epoch, "subset": "train", "error": error}
            for run, last in (("a", 0.001), ("b", 0.2))
            for epoch, error in ((0, 0.9), (10, last))
        ]
    )
    ((claim, interval, _),) = on_fitting(history, pd.DataFrame({"repetition": ["0", "0"], "run": ["a", "b"]}))
    assert interval.estimate == pytest.approx(0.8)
    assert claim.name == "S0.fitted"


@pytest.mark.parametrize(("own", "verdict"), [(0.2, "agrees"), (0.7, "undecided")])
def test_later_layers_resemble_the_clean_ones_if_no_stitch_alone_makes_them(own, verdict):
    draw = np.random.default_rng(0)
    rows = [
        (f"{repetition}", "noisy", front, cka + draw.normal(0, 0.01))
        for repetition in range(5)
        for front, cka in (("clean", 0.8), ("untrained", 0.3), ("self", own))
    ]
    frame = pd.DataFrame(rows, columns=["repetition", "tail_role", "front_role", "cka"])
    ((finding),) = judged(on_similarity(frame), "")
    assert (finding.verdict, round(finding.interval.estimate, 1)) == (verdict, 0.5)
