from itertools import combinations, product

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rote import tables
from rote.figures.class_seeds import plot_class_seeds
from rote.figures.style import save
from rote.tables.density import GROUP_AGREEMENTS
from rote.tables.frames import gather

PROTOCOLS, TAPS = ("exact", "published"), ("stage_1", "stage_2", "stage_3", "stage_4")
TITLES = {"first": "ResNet18, seed 0", "second": "ResNet18, seed 1", "third": "ResNet18, seed 2"}


def agreements(runs):
    """Rows of every two runs; kappa is undefined at the first tap under the exact protocol."""
    generator = np.random.default_rng(0)
    rows = []
    for (run, other_run), protocol, tap in product(combinations(runs, 2), PROTOCOLS, TAPS):
        agreement, correlation = generator.uniform(0.5, 1), generator.uniform(0.2, 0.9)
        rows.append(
            {
                "run": run,
                "other_run": other_run,
                "protocol": protocol,
                "tap": tap,
                "agreement": agreement,
                "kappa": None if (protocol, tap) == ("exact", "stage_1") else agreement - 0.3,
                "rank_correlation": correlation,
                "rank_correlation_low": correlation - 0.2,
                "rank_correlation_high": correlation + 0.1,
                "n_classes": 100,
            }
        )
    return rows


def written(path, rows):
    tables.write(path, GROUP_AGREEMENTS, {name: [row[name] for row in rows] for name in rows[0]}, {})
    return gather(path, GROUP_AGREEMENTS)


@pytest.fixture
def drawn(tmp_path):
    """The figure of runs, and their rows by protocol and runs in the order in which they are drawn."""

    def draw(*runs):
        rows = agreements(runs)
        figure = plot_class_seeds(written(tmp_path / "t.parquet", rows), titles=TITLES, title="Seeds")
        sets = [
            [row for row in rows if (row["run"], row["other_run"], row["protocol"]) == (*pair, protocol)]
            for pair, protocol in product(combinations(runs, 2), PROTOCOLS)
        ]
        return figure, sets

    return draw


def heights(rows, name):
    return [np.nan if row[name] is None else row[name] for row in rows]


@pytest.mark.parametrize("runs", [("first", "second"), ("first", "second", "third")])
def test_marks_stand_where_the_table_says_and_none_where_nothing_is_defined(drawn, runs):
    figure, sets = drawn(*runs)
    of_groups, of_ranks = figure.axes
    marks = [line for line in of_groups.lines if line.get_marker() != "None"]
    assert [line.get_ydata().tolist() for line in marks[::2]] == [heights(rows, "agreement") for rows in sets]
    np.testing.assert_array_equal([line.get_ydata() for line in marks[1::2]], [heights(rows, "kappa") for rows in sets])
    marks = [line for line in of_ranks.lines if line.get_marker() != "None"]
    assert [line.get_ydata().tolist() for line in marks] == [heights(rows, "rank_correlation") for rows in sets]


def test_bars_are_the_intervals_at_the_places_of_their_marks(drawn):
    figure, sets = drawn("first", "second")
    marks = [line for line in figure.axes[1].lines if line.get_marker() != "None"]
    for bars, mark, rows in zip(figure.axes[1].collections, marks, sets, strict=True):
        for segment, place, row in zip(bars.get_segments(), mark.get_xdata(), rows, strict=True):
            ends = (row["rank_correlation_low"], row["rank_correlation_high"])
            np.testing.assert_allclose(segment, [(place, end) for end in ends])


def test_marks_of_a_tap_stand_beside_each_other_about_its_name(drawn):
    figure, _ = drawn("first", "second", "third")
    axes = figure.axes[1]
    places = np.array([line.get_xdata() for line in axes.lines if line.get_marker() != "None"])
    assert np.all(np.diff(places, axis=0) > 0)
    np.testing.assert_allclose(places.mean(axis=0), axes.get_xticks(), atol=1e-12)
    assert np.ptp(places, axis=0).max() < 1
    assert [label.get_text() for label in axes.get_xticklabels()] == ["stage 1", "stage 2", "stage 3", "stage 4"]


def test_a_protocol_has_a_colour_and_a_pair_of_runs_a_marker(drawn):
    figure, _ = drawn("first", "second", "third")
    marks = [line for line in figure.axes[1].lines if line.get_marker() != "None"]
    colours, markers = [line.get_color() for line in marks], [line.get_marker() for line in marks]
    assert colours[::2] == [colours[0]] * 3
    assert colours[1::2] == [colours[1]] * 3
    assert colours[0] != colours[1]
    assert markers[::2] == markers[1::2]
    assert len(set(markers)) == 3
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [*PROTOCOLS, *(f"{TITLES[a]} / {TITLES[b]}" for a, b in combinations(TITLES, 2))]


def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(tmp_path):
    table = written(tmp_path / "t.parquet", agreements(["first", "second"]))
    for folder in ("one", "other"):
        save(plot_class_seeds(table, titles=TITLES, title="Seeds"), tmp_path / folder / "seeds.png")
    for suffix in ("png", "svg"):
        one, other = (tmp_path / folder / f"seeds.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
    assert plt.get_fignums() == []
