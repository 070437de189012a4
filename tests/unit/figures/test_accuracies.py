"""The picture of accuracies over runs."""

import numpy as np
import pandas as pd
import pytest

from rote.figures.accuracies import plot_accuracies
from rote.figures.style import save

GROUPS = ("train", "unpermuted", "permuted", "restored", "test")


def history(last=(9, 9, 9), groups=GROUPS):
    """HISTORY of runs that end at these epochs, the error of epoch e being 1/(1 + e)."""
    rows = [
        (f"run_{run}", epoch, group, 1 / (1 + epoch))
        for run, end in enumerate(last)
        for epoch in range(end + 1)
        for group in groups
    ]
    return pd.DataFrame(rows, columns=["run", "epoch", "subset", "error"])


def line(figure, label):
    (found,) = [one for axes in figure.axes for one in axes.lines if one.get_label() == label]
    return found


def test_lines_are_means_over_runs():
    drawn = line(plot_accuracies(history(), title="T"), "test")
    np.testing.assert_allclose(drawn.get_ydata(), 1 - 1 / (1 + np.arange(10)))


def test_a_run_that_has_stopped_keeps_its_last_accuracy():
    drawn = line(plot_accuracies(history(last=(4, 9)), title="T"), "test")
    assert drawn.get_ydata()[-1] == pytest.approx(1 - (1 / 5 + 1 / 10) / 2)


def test_without_permuted_labels_their_lines_are_not_there():
    figure = plot_accuracies(history(groups=("train", "unpermuted", "test")), title="T")
    assert "permuted" not in {one.get_label() for axes in figure.axes for one in axes.lines}


def test_equal_tables_give_pictures_of_equal_bytes(tmp_path):
    for name in ("one", "other"):
        save(plot_accuracies(history(), title="T"), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
