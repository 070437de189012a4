"""Effective dimension of every tap of a run against epoch, beside that of untrained networks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.style import epoch_position, house_style, log_epoch_axis, mark_perfect_fitting
from rote.tables.training import perfect_fitting_epoch

COLUMNS = 3


@house_style
def plot_effective_dimension(dimensions: pd.DataFrame, history: pd.DataFrame, *, title: str) -> Figure:
    """A panel for each tap: the run against epoch, unrelated untrained networks as level lines.

    Parameters
    ----------
    dimensions, history : DataFrame
        EFFECTIVE_DIMENSIONS and HISTORY of a run; taps in order of depth.
    title : str
        Title of the run.
    """
    taps = list(dict.fromkeys(dimensions["tap"]))
    n_rows = -(-len(taps) // COLUMNS)
    figure, grid = plt.subplots(n_rows, COLUMNS, figsize=(9, 2.3 * n_rows + 0.4), squeeze=False)
    for axes in grid.flat[len(taps) :]:
        axes.remove()
    for axes, tap in zip(grid.flat, taps, strict=False):
        of_tap = dimensions[dimensions["tap"] == tap]
        _draw_run(axes, of_tap[of_tap["reference"] == "own"].sort_values("epoch"))
        for number, level in enumerate(of_tap.loc[of_tap["reference"] == "unrelated", "effective_dimension"]):
            label = "untrained networks" if number == 0 else None
            axes.axhline(level, color="C1", linewidth=1, linestyle="--", label=label)
        mark_perfect_fitting(axes, perfect_fitting_epoch(history))
        log_epoch_axis(axes, int(dimensions["epoch"].max()))
        axes.set_ylim(0, None)
        axes.set_title(tap.replace("_", " "), fontsize="medium")
        axes.set_ylabel("effective dimension")
    named = {label: line for axes in figure.axes for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw_run(axes: Axes, rows: pd.DataFrame) -> None:
    epoch = epoch_position(rows["epoch"].to_numpy())
    centre = rows["effective_dimension"].to_numpy()
    error = rows["standard_error"].fillna(0).to_numpy(np.float64)
    axes.errorbar(
        epoch, centre, error, color="C0", fmt="o-", markersize=2.5, linewidth=1.2, label="run ± standard error"
    )
