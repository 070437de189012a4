"""The picture of networks of several widths."""

import numpy as np
import pandas as pd

from rote.figures.double_descent import PANELS, plot_double_descent
from rote.figures.style import save


def widths(**missing):
    rows = [
        {"seed": seed, "parameters": size, "at": at, **dict.fromkeys(PANELS, size / 100 + seed)}
        for seed in range(3)
        for size in (100, 200, 400)
        for at in ("best", "last")
    ]
    return pd.DataFrame(rows).assign(**missing)


def test_each_quantity_has_a_panel_with_the_mean_over_seeds_at_both_epochs():
    figure = plot_double_descent(widths(), title="T")
    assert [axes.get_ylabel() for axes in figure.axes] == list(PANELS.values())
    for line in figure.axes[0].lines:
        np.testing.assert_allclose(line.get_ydata(), [2, 3, 5])


def test_a_quantity_that_was_not_measured_has_no_panel():
    assert len(plot_double_descent(widths(dimension=np.nan, capacity=np.nan), title="T").axes) == len(PANELS) - 2


def test_equal_tables_give_pictures_of_equal_bytes(tmp_path):
    for name in ("one", "other"):
        save(plot_double_descent(widths(), title="T"), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
