"""Claims on capacities, of values whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.capacities import ROWS, on_capacities
from rote.claims.measured import judged

LAYERS = [f"layer_{number}" for number in range(1, 17)]
DEPTH = np.linspace(0, 1, len(LAYERS))
WITHOUT = 0.05
BEST, LAST = 10, 100
GROUPS = ("unpermuted", "permuted", "restored", "test")


def as_claimed(group, epoch):
    """Excess capacity above that without structure, by layer."""
    if group == "permuted":
        return np.where(DEPTH > 0.8, 0.3, 0.001) * DEPTH if epoch == LAST else np.full(len(DEPTH), 0.001)
    late = np.where(DEPTH > 0.8, 0.4, 1.0) if epoch == LAST and group != "unpermuted" else 1
    return (0.05 + 0.4 * DEPTH) * late


def memorized_everywhere(group, epoch):
    return (
        0.2 - 0.1 * DEPTH
        if group == "permuted"
        else (0.05 + 0.4 * DEPTH) * (0.3 if epoch == LAST and group != "unpermuted" else 1)
    )


def tables(excess, n_runs=4, noise=1e-4, groups=GROUPS):
    """CAPACITIES and HISTORY of several runs."""
    random, rows, history = np.random.default_rng(0), [], []
    for run in range(n_runs):
        for epoch in (0, BEST, LAST):
            for group in groups:
                for shuffled in (False, True):
                    capacity = (
                        WITHOUT + (0 if shuffled else excess(group, epoch)) + noise * random.standard_normal(len(DEPTH))
                    )
                    rows += [
                        (f"run_{run}", epoch, tap, group, shuffled, a, 1 / a, 10 / a)
                        for tap, a in zip([*LAYERS, "fully_connected"], [*capacity, 9.0], strict=True)
                    ]
        history += [(f"run_{run}", epoch, "test", error) for epoch, error in ((0, 0.9), (BEST, 0.1), (LAST, 0.4))]
    columns = ["run", "epoch", "tap", "group", "shuffled", "capacity", "relative_radius", "dimension"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(history, columns=["run", "epoch", "subset", "error"])


def findings(*given, **options):
    return {finding.claim.name: finding for finding in judged(on_capacities(*tables(*given, **options)), "here")}


def test_networks_that_memorize_in_late_layers_alone_agree_with_every_claim():
    found = findings(as_claimed)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(found, "agrees")


def test_networks_that_memorize_in_every_layer_disagree():
    found = findings(memorized_everywhere)
    names = ("C7", "C10.restored", "C10.test", "C12")
    assert {found[name].verdict for name in names} == {"disagrees"}


def test_permuted_images_as_capable_as_restored_ones_leave_their_likeness_undecided():
    """The control must fail what is claimed of the restored images."""
    found = findings(lambda group, epoch: 0.05 + 0.4 * DEPTH)
    assert found["C4.restored"].verdict == "undecided"
    assert "so does the control's" in found["C4.restored"].reason


def test_differences_are_of_the_excess_over_no_structure():
    """Of the whole capacity the difference would be far within the margin."""
    found = findings(lambda group, epoch: np.full(len(DEPTH), 0.006 if group == "restored" else 0.003), noise=0)
    assert found["C4.restored"].interval.estimate == pytest.approx(1)


def test_changes_are_natural_logarithms_of_ratios():
    found = findings(as_claimed, noise=0)
    assert found["C8.capacity"].interval.estimate == pytest.approx(np.log(0.35 / 0.051))
    assert found["C8.capacity"].control.estimate == pytest.approx(np.log(0.05 / 0.051))


def test_a_run_without_permuted_images_decides_nothing_about_them():
    found = findings(as_claimed, groups=("unpermuted", "test"))
    about_them = [row.claim.name for row in ROWS if " permuted images" in row.claim.statement]
    assert {found[name].verdict for name in about_them} == {"undecided"}
