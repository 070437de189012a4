"""Layers that converge as the paper says it, and layers that do not."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.measured import judged
from rote.claims.stitching.convergence import on_drift, on_settling

TAPS, EPOCHS = ("stem", "one", "two", "head"), (0, 10, 50, 200)
NETWORKS = (("clean", 0.0), ("second_clean", 0.0), ("noisy", 0.2), ("noisy", 0.5))


def settling(later=1.0, repetitions=5, order=1):
    """Deeper layers settle later; the last two the later, the more noise, by `later` decades at a share of 1."""
    draw, rows = np.random.default_rng(0), []
    for repetition, (role, noise), (depth, tap) in product(range(repetitions), NETWORKS, enumerate(TAPS)):
        log = 0.5 + 0.3 * order * depth + (later * noise if depth >= 2 else 0) + draw.normal(0, 0.01)
        rows.append(
            (f"{repetition}", f"{role} {noise}", role, noise, tap, 10**log, 10**log, 0.2 + draw.normal(0, 0.02))
        )
    names = ["repetition", "into", "role", "noise", "tap", "settled_epoch", "relative_settled_epoch", "area"]
    return pd.DataFrame(rows, columns=names)


def cka(drift=1.0, repetitions=5):
    """CKA with the clean network: .8 at first, in the end less by `drift` × noise × depth."""
    draw, rows = np.random.default_rng(0), []
    networks = [one for one in NETWORKS if one[0] != "clean"]
    for repetition, (role, noise), (depth, tap), epoch in product(
        range(repetitions), networks, enumerate(TAPS), EPOCHS
    ):
        fall = drift * noise * depth / 3 if epoch > 50 else 0
        value = 0.8 - fall + draw.normal(0, 0.001)
        rows.append((f"{repetition}", f"{role} {noise}", role, noise, "clean", tap, epoch, value))
    return pd.DataFrame(rows, columns=["repetition", "into", "role", "noise", "reference", "tap", "epoch", "cka"])


def verdicts(found):
    return {one.claim.name: one for one in judged(found, "")}


def test_layers_that_converge_as_the_paper_says_agree():
    found = verdicts(on_settling(settling()))
    agreeing = {"S1.clean", "S1.noisy", "S1.clean_relative", "S1.noisy_relative", "S2.slope", "S3"}
    assert {name for name, one in found.items() if one.verdict == "agrees"} >= agreeing
    assert found["S3"].interval.estimate == pytest.approx(0.5, abs=0.05)


def test_layers_that_converge_from_the_top_disagree():
    assert verdicts(on_settling(settling(order=-1)))["S1.clean"].verdict == "disagrees"


def test_noise_that_delays_early_layers_as_much_decides_nothing_on_deep_ones():
    frame = settling(later=0.0)
    late = frame["role"] == "noisy"
    frame.loc[late, "settled_epoch"] *= 10 ** frame.loc[late, "noise"]
    found = verdicts(on_settling(frame))
    assert found["S3"].verdict == "undecided"
    assert found["S2.slope"].verdict == "disagrees"


def test_areas_that_differ_by_noise_more_than_by_seed_disagree():
    frame = settling()
    frame.loc[frame["role"] == "noisy", "area"] += 0.5
    assert verdicts(on_settling(frame))["S2.area"].verdict == "disagrees"


def test_settling_that_is_not_known_at_a_layer_leaves_that_layer_out():
    frame = settling()
    frame.loc[frame["tap"] == "head", "relative_settled_epoch"] = np.nan
    assert verdicts(on_settling(frame))["S1.clean_relative"].verdict == "agrees"


def test_layers_that_drift_with_depth_and_noise_agree():
    found = verdicts(on_drift(cka()))
    assert [found[name].verdict for name in ("S7.similar", "S7.depth")] == ["agrees", "agrees"]
    assert found["S7.noise"].interval.estimate == pytest.approx(0.5 * (2 / 3 + 1) / 2, abs=0.02)
    assert found["S7.noise"].interval.low > 0


def test_what_the_second_clean_network_drifts_too_is_not_noise_s():
    frame = cka()
    frame.loc[(frame["role"] == "second_clean") & (frame["epoch"] == 200), "cka"] -= 0.5
    before, after = (verdicts(on_drift(of))["S7.noise"].interval.estimate for of in (cka(), frame))
    less = 0.5 * np.polyfit([0, 0.2, 0.5], [0, 0.5, 0.5], 1)[0]  # without noise the fall beyond it is 0
    assert after == pytest.approx(before - less, abs=1e-9)
    assert verdicts(on_drift(cka(drift=0.0)))["S7.depth"].verdict != "agrees"
