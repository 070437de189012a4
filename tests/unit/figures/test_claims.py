"""The picture of claims: nothing that was measured is missing, and a verdict is told by colour and by mark."""

import numpy as np
import pytest

from rote.claims.intervals import Interval
from rote.claims.report import write_findings
from rote.claims.verdicts import Claim, judge
from rote.figures.claims import MARKS, plot_claims
from rote.figures.style import save
from rote.job import Job
from rote.tables.claims import CLAIMS
from rote.tables.frames import gather

ABOVE = Claim("C1", "geometry", "It rises.", "rise", "Fig. 1", lower=0, unit="epoch", control="none here")
BETWEEN = Claim("C2", "geometry", "It stays.", "change", "Fig. 2", lower=-0.1, upper=0.1)
INTERVALS = {"agrees": (1, 2), "undecided": (-1, 2), "disagrees": (-2, -1)}


def table(folder, *findings):
    write_findings(findings, folder / "claims.parquet", Job(0, "x"))
    return gather(folder / "claims.parquet", CLAIMS)


def measured(low, high, n=5):
    return Interval((low + high) / 2, low, high, n)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("verdict", INTERVALS)
def test_each_verdict_has_a_mark_of_its_own(tmp_path, verdict):
    finding = judge(ABOVE, "here", measured(*INTERVALS[verdict]))
    assert finding.verdict == verdict
    figure = plot_claims(table(tmp_path, finding), title="T")
    assert MARKS[verdict] in {line.get_marker() for line in figure.axes[1].lines}


def test_statements_numbers_units_and_controls_are_drawn(tmp_path):
    finding = judge(ABOVE, "here", measured(1, 2), measured(-3, -2.5))
    figure = plot_claims(table(tmp_path, finding), title="T")
    assert texts(figure) == ["C1  It rises.", "1.5 [1, 2] epoch\nof 5 seeds"]
    assert figure.axes[1].get_xlim()[0] < -3


def test_what_is_not_defined_or_has_no_interval_is_drawn_without_it(tmp_path):
    undefined = judge(ABOVE, "here", Interval(np.nan, np.nan, np.nan, 5))
    alone = judge(BETWEEN, "here", Interval(0.05, np.nan, np.nan, 1))
    figure = plot_claims(table(tmp_path, undefined, alone), title="T")
    assert texts(figure)[1::2] == ["not defined", "0.05\nof 1 seed"]


def test_equal_tables_give_pictures_of_equal_bytes(tmp_path):
    rows = table(tmp_path, judge(ABOVE, "here", measured(1, 2)), judge(BETWEEN, "here", measured(-0.05, 0.05)))
    for name in ("one", "other"):
        save(plot_claims(rows, title="T"), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
