"""Error and geometry against the number of parameters, at the best and at the last epoch (paper 2, Figs 4C to 4E)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.seeds import draw_mean_at
from rote.figures.style import house_style

PANELS = {
    "test_error": "test error",
    "train_error": "training error, as labelled",
    "capacity": "capacity α",
    "relative_radius": "radius R",
    "dimension": "dimension D",
    "center_correlation": "centre correlation ρ",
}
COLOURS = {"last": "C3", "best": "C0"}


@house_style
def plot_double_descent(widths: pd.DataFrame, *, title: str) -> Figure:
    """A panel for each quantity: mean over seeds with its 95 % interval, the best and the last epoch.

    Parameters
    ----------
    widths : DataFrame
        WIDTHS of networks of several widths. Quantities that were not measured have no panel.
    title : str
    """
    shown = [name for name in PANELS if widths[name].notna().any()]
    rows = -(-len(shown) // 3)
    figure, grid = plt.subplots(rows, min(len(shown), 3), figsize=(9.2, 2.6 * rows + 0.6), squeeze=False, sharex=True)
    for axes in grid.flat[len(shown) :]:
        axes.remove()
    for axes, quantity in zip(grid.flat, shown, strict=False):
        for at, colour in COLOURS.items():
            _draw(axes, widths[widths["at"] == at], quantity, colour, f"{at} epoch")
        axes.set_xscale("log")
        axes.set_ylim(0, None)
        axes.set_ylabel(PANELS[quantity])
        axes.set_xlabel("parameters")
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, quantity: str, colour: str, label: str) -> None:
    wide = rows.pivot(index="seed", columns="parameters", values=quantity)
    values = wide.to_numpy(np.float64).T
    draw_mean_at(axes, wide.columns.to_numpy(np.float64), values, colour, label, marker="o", markersize=3)
