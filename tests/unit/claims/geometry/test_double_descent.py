"""Claims on widths, of curves whose answers are known."""

import numpy as np
import pandas as pd

from rote.claims.geometry.double_descent import on_widths
from rote.claims.measured import judged

SIZES = 2 ** np.arange(5, 12)
X = np.linspace(0, 1, len(SIZES))
FALLING = 0.5 - 0.3 * X
TWICE = FALLING + 0.15 * np.exp(-(((X - 0.6) / 0.15) ** 2))


def widths(curves, n_seeds=5, noise=0.004):
    """WIDTHS of several seeds; `curves` by quantity and epoch, FALLING where left out."""
    random, rows = np.random.default_rng(0), []
    for seed in range(n_seeds):
        for at in ("best", "last"):
            row = {"seed": seed, "at": at, "parameters": SIZES}
            for quantity in ("test_error", "dimension", "relative_radius", "center_correlation"):
                curve = curves.get((quantity, at), FALLING)
                row[quantity] = curve * (1 + noise * random.standard_normal(len(SIZES)))
            rows.append(pd.DataFrame(row))
    return pd.concat(rows)


def verdicts(table):
    return {one.claim.name: one.verdict for one in judged(on_widths(table, np.random.default_rng(0)), "here")}


AS_CLAIMED = {("test_error", "last"): TWICE, ("dimension", "last"): TWICE}


def test_curves_as_the_paper_has_them_agree_but_for_what_the_control_shows_too():
    found = verdicts(widths(AS_CLAIMED))
    assert found.pop("C18") == "undecided"  # at the best epoch both fall with width, so they go together there as well
    assert found.pop("C17.radius") in ("agrees", "undecided")
    assert found["C17.error"] == found["C17.dimension"] == "agrees"


def test_falling_curves_disagree_with_a_double_descent():
    found = verdicts(widths({}))
    assert "agrees" not in (found["C17.error"], found["C17.dimension"])


def test_a_peaked_radius_disagrees_with_monotony():
    peaked = FALLING + 0.4 * np.exp(-(((X - 0.5) / 0.15) ** 2))
    assert verdicts(widths({**AS_CLAIMED, ("relative_radius", "last"): peaked}))["C17.radius"] == "disagrees"


def test_what_was_not_measured_of_every_run_is_undecided_and_what_of_none_has_no_row():
    table = widths(AS_CLAIMED)
    assert "C17.dimension" not in verdicts(table.assign(dimension=np.nan))
    first = table["seed"] == 0
    assert verdicts(table.assign(dimension=table["dimension"].where(~first)))["C17.dimension"] == "undecided"


def test_three_seeds_decide_nothing():
    assert set(verdicts(widths(AS_CLAIMED, n_seeds=3)).values()) == {"undecided"}
