"""Variance of the representations that the retained singular vectors hold (Fig. A.6)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from rote import tables
from rote.figures.class_panels import COLUMNS, words
from rote.figures.style import save, styled
from rote.tables.representations import VARIANCE


def plot_singular_values(variance: Sequence[Path], *paths: Path, title: str) -> None:
    """Share of the variance against the number of singular vectors, tap by tap.

    Parameters
    ----------
    variance : sequence of Path
        VARIANCE tables of a run, one per tap, in order of depth.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.
    """
    columns = min(COLUMNS, len(variance))
    rows = -(-len(variance) // columns)
    with styled():
        figure, grid = plt.subplots(rows, columns, figsize=(2.6 * columns, 2.4 * rows + 0.4), squeeze=False)
        for axes, path in zip(grid.flat, variance, strict=False):
            _draw_shares(axes, tables.read(path, VARIANCE).to_pandas().sort_values("singular_vector"))
        for axes in grid.flat[len(variance) :]:
            axes.remove()
        for axes in grid[:, 0]:
            axes.set_ylabel("share of variance")
        figure.suptitle(title)
        save(figure, *paths)


def _draw_shares(axes: Axes, table: pd.DataFrame) -> None:
    retained = table[table["retained"]]
    n_retained, share = len(retained), retained["cumulative_share"].max()
    axes.plot(table["singular_vector"], table["cumulative_share"], color="C0", drawstyle="steps-post")
    axes.axvline(n_retained, color="C3", linestyle="--", linewidth=1.2)
    axes.set_title(f"{words(table['tap'].iloc[0])}\n{n_retained} vectors hold {100 * share:.2f} %", fontsize="small")
    axes.set_xscale("log")
    axes.set_xlim(1, max(len(table), 2))
    axes.set_ylim(None, 1.005)
    axes.set_xlabel("number of singular vectors")
