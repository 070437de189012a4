from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rote import tables
from rote.claims.intervals import Interval, over_seeds
from rote.claims.report import write_findings
from rote.claims.verdicts import FEWEST, Claim, combined, judge
from rote.errors import ConfigError
from rote.job import Job
from rote.tables.claims import CLAIMS


def claim(lower=-np.inf, upper=np.inf):
    return Claim("C1", "geometry", "Restored accuracy falls.", "fall", "Fig. 2", lower, upper, control="untrained")


def interval(low, high, n_units=10):
    return Interval((low + high) / 2, low, high, n_units)


ABOVE, BELOW, EQUIVALENT = claim(lower=0), claim(upper=0), claim(-0.05, 0.05)


@pytest.mark.parametrize(
    ("of", "low", "high", "verdict"),
    [
        (ABOVE, 0.1, 0.3, "agrees"),
        (ABOVE, -0.1, 0.3, "undecided"),
        (ABOVE, -0.3, -0.1, "disagrees"),
        (ABOVE, 0, 0.3, "undecided"),  # the region is open
        (ABOVE, -0.3, 0, "disagrees"),
        (BELOW, -0.3, -0.1, "agrees"),
        (BELOW, 0.1, 0.3, "disagrees"),
        (EQUIVALENT, -0.01, 0.02, "agrees"),
        (EQUIVALENT, 0.06, 0.2, "disagrees"),
        (EQUIVALENT, -0.2, -0.06, "disagrees"),
        (EQUIVALENT, 0.01, 0.06, "undecided"),
        (EQUIVALENT, -1, 1, "undecided"),  # a wide interval is no evidence of equality
    ],
)
def test_a_claim_agrees_inside_its_region_disagrees_outside_and_is_undecided_across_a_bound(of, low, high, verdict):
    assert judge(of, "digits", interval(low, high)).verdict == verdict


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_narrower_interval_never_takes_a_verdict_back(centre, half, share, bound):
    assume(half > 0)
    of = claim(-bound - 0.1, bound + 0.1)
    wide = judge(of, "digits", interval(centre - half, centre + half)).verdict
    narrow = judge(of, "digits", interval(centre - share * half, centre + share * half)).verdict
    assert wide in ("undecided", narrow)


@pytest.mark.parametrize("n_units", range(FEWEST))
def test_fewer_than_four_seeds_decide_nothing_however_far_apart(n_units):
    found = judge(ABOVE, "digits", interval(5, 6, n_units))
    assert found.verdict == "undecided"
    assert "4 or more" in found.reason


def test_a_statistic_that_is_not_defined_is_undecided():
    assert judge(ABOVE, "digits", over_seeds([0.1, np.nan, 0.2, 0.3])).verdict == "undecided"


def test_a_claim_that_its_control_meets_too_is_undecided():
    found = judge(ABOVE, "digits", interval(0.1, 0.3), control=interval(0.2, 0.3))
    assert found.verdict == "undecided"
    assert "untrained" in found.reason


@pytest.mark.parametrize("control", [(-0.1, 0.1), (-0.3, -0.1)])
def test_a_claim_that_its_control_does_not_meet_agrees(control):
    assert judge(ABOVE, "digits", interval(0.1, 0.3), control=interval(*control)).verdict == "agrees"


def test_a_control_saves_no_claim_that_disagrees():
    assert judge(ABOVE, "digits", interval(-0.3, -0.1), control=interval(0.1, 0.3)).verdict == "disagrees"


@pytest.mark.parametrize("parts", list(product(["agrees", "disagrees", "undecided"], repeat=2)))
def test_a_claim_of_parts_disagrees_with_any_and_agrees_with_all(parts):
    expected = "disagrees" if "disagrees" in parts else "agrees" if set(parts) == {"agrees"} else "undecided"
    assert combined(parts) == expected


def test_no_part_decides_nothing():
    assert combined([]) == "undecided"


def test_equivalence_keeps_its_level_and_seeds_give_it_power():
    """At the margin itself it must be found in at most 2.5 % of repetitions, well inside it nearly always."""
    generator = np.random.default_rng(5)

    def share_found(difference, n_seeds):
        draws = generator.normal(difference, 0.03, (1000, n_seeds))
        return np.mean([judge(EQUIVALENT, "", over_seeds(values)).verdict == "agrees" for values in draws])

    assert share_found(0.05, 10) < 0.04  # 0.025 and three binomial standard errors
    assert share_found(0, 4) < share_found(0, 10)
    assert share_found(0, 10) > 0.9


@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (1, 0), (0.5, 0.5), (np.nan, 1)])
def test_a_claim_that_nothing_could_speak_against_is_refused(bounds):
    with pytest.raises(ConfigError, match="C1"):
        claim(*bounds)


def test_findings_become_rows_with_bounds_intervals_controls_and_reasons(tmp_path):
    findings = [
        judge(ABOVE, "digits", interval(0.1, 0.3), control=interval(-0.1, 0.1)),
        judge(EQUIVALENT, "digits", over_seeds([0.01])),
    ]
    write_findings(findings, tmp_path / "claims.parquet", Job(1, "digits"))
    first, second = tables.read(tmp_path / "claims.parquet", CLAIMS).to_pylist()
    assert (first["lower"], first["upper"], first["verdict"]) == (0, None, "agrees")
    assert (first["low"], first["high"], first["control_low"]) == (0.1, 0.3, -0.1)
    assert (second["estimate"], second["low"], second["n_units"], second["verdict"]) == (0.01, None, 1, "undecided")
