import matplotlib.pyplot as plt
import numpy as np
import pytest

from rote import tables
from rote.figures.score_correlations import plot_score_correlations
from rote.figures.style import save
from rote.tables.frames import gather
from rote.tables.memorization import SCORE_CORRELATIONS

ROWS = [
    ("feldman_zhang", 50_000, 2000, 0.83, 0.81, 0.86),
    ("c_scores", 1797, 60, -0.71, -0.8, -0.6),
    ("constant", 1797, 60, None, None, None),
]


def written(path, rows):
    names = [column.name for column in SCORE_CORRELATIONS.columns]
    tables.write(path, SCORE_CORRELATIONS, dict(zip(names, zip(*rows, strict=True), strict=True)), {})
    return gather(path, SCORE_CORRELATIONS)


@pytest.fixture
def drawn(tmp_path):
    """Axes of the figure of these rows."""

    def draw(rows):
        return plot_score_correlations(written(tmp_path / "t.parquet", rows), title="Trials").axes[0]

    return draw


@pytest.mark.parametrize("n", [1, 2, 3])
def test_marks_and_bars_are_the_correlations_and_their_intervals(drawn, n):
    axes = drawn(ROWS[:n])
    marks = axes.lines[-1]
    np.testing.assert_array_equal(marks.get_xdata(), np.array([row[3] for row in ROWS[:n]], float))
    np.testing.assert_array_equal(marks.get_ydata(), np.arange(n))
    defined = [(place, row) for place, row in enumerate(ROWS[:n]) if row[3] is not None]
    segments = [segment for segment in axes.collections[0].get_segments() if len(segment)]
    assert np.array(segments).tolist() == [[[row[4], place], [row[5], place]] for place, row in defined]
    assert all(axes.get_xlim()[0] < end < axes.get_xlim()[1] for _, row in defined for end in row[4:])


def test_the_first_reference_stands_on_top(drawn):
    bottom, top = drawn(ROWS).get_ylim()
    assert bottom > top


def test_every_reference_names_its_trials_and_examples(drawn):
    assert [label.get_text() for label in drawn(ROWS).get_yticklabels()] == [
        "feldman zhang\n2,000 trials, 50,000 examples",
        "c scores\n60 trials, 1,797 examples",
        "constant\n60 trials, 1,797 examples",
    ]


def test_numbers_stand_beside_and_a_null_is_said_to_be_undefined(drawn):
    axes = drawn(ROWS)
    assert [text.get_text() for text in axes.texts] == [
        "0.830 (0.810 to 0.860)",
        "-0.710 (-0.800 to -0.600)",
        "undefined: scores are constant",
    ]
    assert [text.get_position()[1] for text in axes.texts] == [0, 1, 2]


def test_nulls_alone_can_be_drawn(tmp_path):
    correlations = written(tmp_path / "t.parquet", ROWS[2:])
    save(plot_score_correlations(correlations, title="Trials"), tmp_path / "correlations.png")
    assert "undefined" in (tmp_path / "correlations.svg").read_text()


def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(tmp_path):
    correlations = written(tmp_path / "t.parquet", ROWS)
    for folder in ("one", "other"):
        save(plot_score_correlations(correlations, title="Trials"), tmp_path / folder / "correlations.png")
    for suffix in ("png", "svg"):
        one, other = (tmp_path / folder / f"correlations.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
    assert plt.get_fignums() == []
