import pandas as pd
import pytest

from rote.figures.effective_dimension import plot_effective_dimension

TAPS = ("stage_1", "stage_2", "stage_3", "stage_4")


@pytest.fixture
def figure():
    rows = [
        {"tap": tap, "epoch": epoch, "reference": "own", "index": 0, "effective_dimension": 5.0 + depth + epoch}
        for depth, tap in enumerate(TAPS)
        for epoch in (0, 1, 10)
    ]
    rows += [
        {"tap": tap, "epoch": 0, "reference": "unrelated", "index": index, "effective_dimension": 2.0 + index}
        for tap in TAPS
        for index in (1, 2)
    ]
    dimensions = pd.DataFrame(rows).assign(standard_error=[0.5, None] * (len(rows) // 2))
    history = pd.DataFrame({"epoch": [0, 1, 10], "subset": "train", "error": [0.9, 0.5, 0.0]})
    return plot_effective_dimension(dimensions, history, title="a run")


def test_each_tap_has_a_panel_in_order_of_depth(figure):
    assert [axes.get_title() for axes in figure.axes] == ["stage 1", "stage 2", "stage 3", "stage 4"]


def test_a_panel_shows_the_run_at_its_epochs(figure):
    line = figure.axes[1].containers[0].lines[0]
    assert line.get_xdata().tolist() == [0.5, 1, 10]  # epoch 0 stands at the left end of the axis
    assert line.get_ydata().tolist() == [6, 7, 16]


def test_untrained_networks_are_level_lines(figure):
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashed] == [3, 4]


def test_the_legend_names_the_run_the_control_and_perfect_fitting(figure):
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert texts == {"run ± standard error", "untrained networks", "perfect fitting"}
