"""Claims on the parts of the gradient, of norms whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from rote.claims.geometry.label_parts import on_label_parts
from rote.claims.measured import judged

EPOCHS, LAYERS, COSINE = (0, 1, 2, 3, 10, 50), [f"layer_{number}" for number in range(1, 7)], -0.95


def parts(dependent, independent, n_runs=4, noise=0.02, groups=("all", "unpermuted", "permuted")):
    """LABEL_PARTS of several runs; norms as functions of the group and of whether it is early."""
    random, rows = np.random.default_rng(0), []
    for run in range(n_runs):
        for epoch in EPOCHS:
            for layer in LAYERS:
                for group in groups:
                    one, other = (
                        f(group, epoch <= 3) * np.exp(noise * random.standard_normal())
                        for f in (dependent, independent)
                    )
                    cosine = COSINE if epoch > 3 else 0.0
                    total = np.sqrt(one**2 + other**2 + 2 * cosine * one * other)
                    rows.append((f"run_{run}", epoch, layer, group, total, one, other, cosine))
    columns = ["run", "epoch", "layer", "group", "gradient", "dependent", "independent", "cosine"]
    return pd.DataFrame(rows, columns=columns)


def dependent(group, early):
    return {"permuted": 0.3}.get(group, 3.0) if early else 0.7


def independent(group, early):
    return 1.0


def findings(table):
    return {finding.claim.name: finding for finding in judged(on_label_parts(table), "here")}


def test_parts_as_the_paper_has_them_agree_with_every_claim():
    found = findings(parts(dependent, independent))
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(found, "agrees")


def test_log_ratios_are_natural():
    found = findings(parts(dependent, independent, noise=0))
    assert found["C19"].interval.estimate == pytest.approx(np.log(10))
    assert found["C20.permuted"].interval.estimate == pytest.approx(np.log(0.3))
    assert found["A.1.cancel"].interval.estimate == COSINE


def test_where_permuted_and_unpermuted_are_alike_from_the_start_the_first_claim_disagrees():
    found = findings(parts(lambda group, early: 0.7, independent, noise=0.2))
    assert found["C19"].verdict != "agrees"
    assert found["C19.layers"].verdict == "disagrees"


def test_a_gradient_that_is_not_the_sum_of_its_parts_is_seen():
    table = parts(dependent, independent)
    table["gradient"] *= 1.001
    assert findings(table)["Claim 1"].verdict == "disagrees"


def test_without_permuted_examples_nothing_about_them_is_defined():
    found = findings(parts(dependent, independent, groups=("all", "unpermuted")))
    assert found["Claim 1"].verdict == "agrees"
    assert {found[name].verdict for name in ("C19", "C20.permuted", "C21", "5B.late")} == {"undecided"}
