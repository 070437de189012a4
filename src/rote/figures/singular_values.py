"""Variance of the representations that the retained singular vectors hold (Fig. A.6)."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.class_panels import COLUMNS, words
from rote.figures.style import house_style


@house_style
def plot_singular_values(variance: pd.DataFrame, *, taps: Sequence[str], title: str) -> Figure:
    """Share of the variance against the number of singular vectors, tap by tap.

    Parameters
    ----------
    variance : DataFrame
        VARIANCE of a run.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.
    """
    columns = min(COLUMNS, len(taps))
    rows = -(-len(taps) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(2.6 * columns, 2.4 * rows + 0.4), squeeze=False)
    for axes, tap in zip(grid.flat, taps, strict=False):
        _draw_shares(axes, variance[variance["tap"] == tap].sort_values("singular_vector"), tap)
    for axes in grid.flat[len(taps) :]:
        axes.remove()
    for axes in grid[:, 0]:
        axes.set_ylabel("share of variance")
    figure.suptitle(title)
    return figure


def _draw_shares(axes: Axes, table: pd.DataFrame, tap: str) -> None:
    retained = table[table["retained"]]
    n_retained, share = len(retained), retained["cumulative_share"].max()
    axes.plot(table["singular_vector"], table["cumulative_share"], color="C0", drawstyle="steps-post")
    axes.axvline(n_retained, color="C3", linestyle="--", linewidth=1.2)
    axes.set_title(f"{words(tap)}\n{n_retained} vectors hold {100 * share:.2f} %", fontsize="small")
    axes.set_xscale("log")
    axes.set_xlim(1, max(len(table), 2))
    axes.set_ylim(None, 1.005)
    axes.set_xlabel("number of singular vectors")
