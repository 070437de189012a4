"""Claims on simulated capacity, of capacities whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.simulation import beside_theory, on_simulation
from rote.claims.measured import judged

TAPS, GROUPS, RUNS = ("relu_1", "relu_2", "relu_3"), ("unpermuted", "permuted"), 4


def tables(of_theory=lambda theory, noise: theory * np.exp(0.02 * noise), n_runs=RUNS):
    """SIMULATED_CAPACITIES and CAPACITIES of runs; what is simulated is a function of the theory's and of noise."""
    random, simulated, capacities = np.random.default_rng(0), [], []
    for run in range(n_runs):
        for tap in TAPS:
            for group in GROUPS:
                where = (f"run_{run}", 5, tap, group)
                theory = random.uniform(0.1, 1)
                simulated.append((*where, of_theory(theory, random.standard_normal())))
                capacities.append((*where, False, theory, 0.01))
                capacities.append((*where, True, random.uniform(0.05, 0.06), 0.01))
    columns = ["run", "epoch", "tap", "group"]
    return (
        pd.DataFrame(simulated, columns=[*columns, "capacity"]),
        pd.DataFrame(capacities, columns=[*columns, "shuffled", "capacity", "capacity_error"]),
    )


def verdicts(*given, **options):
    return {one.claim.name: one for one in judged(on_simulation(*tables(*given, **options)), "here")}


def test_simulated_capacities_that_scatter_about_the_theory_agree():
    found = verdicts()
    assert {name: one.verdict for name, one in found.items()} == {"C24.size": "agrees", "C24.order": "agrees"}
    assert found["C24.size"].interval.estimate == pytest.approx(0, abs=0.05)
    assert found["C24.size"].control.low > 0.2


def test_twice_the_capacity_in_the_same_order_agrees_in_order_alone():
    found = verdicts(lambda theory, noise: 2 * theory)
    assert found["C24.size"].interval.estimate == pytest.approx(np.log(2))
    assert found["C24.size"].verdict == "disagrees"
    assert (found["C24.order"].interval.estimate, found["C24.order"].verdict) == (1, "agrees")


def test_capacities_without_order_disagree():
    assert verdicts(lambda theory, noise: 0.3 * np.exp(noise / 10))["C24.order"].verdict == "disagrees"


def test_one_run_decides_nothing():
    assert {one.verdict for one in verdicts(n_runs=1).values()} == {"undecided"}


def test_a_run_with_two_points_has_no_statistic():
    simulated, capacities = tables()
    simulated.loc[simulated["tap"] != "relu_1", "capacity"] = np.nan
    found = judged(on_simulation(simulated, capacities), "here")
    assert all(np.isnan(one.interval.estimate) for one in found)


def test_capacities_stand_beside_those_of_the_same_run_epoch_layer_and_group():
    simulated, capacities = tables(lambda theory, noise: 3 * theory)
    simulated["tap"] = simulated["tap"].astype("category")
    others = capacities.assign(epoch=0)
    points = beside_theory(simulated, pd.concat([others, capacities[~capacities["shuffled"]]]))
    assert len(points) == len(simulated)
    assert points["capacity"].to_numpy() == pytest.approx(3 * points["theory"].to_numpy())
