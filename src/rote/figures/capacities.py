"""Geometry of manifolds layer by layer, at the first, best and last epoch (paper 2, Figs 3 and A.4 to A.7)."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.figures.seeds import draw_mean_at
from rote.figures.style import house_style
from rote.tables.moments import MOMENTS, at_moments

GROUPS = {"unpermuted": "C2", "permuted": "C3", "restored": "C4", "test": "C1"}  # colours as in the accuracies
MEASURES = {
    "capacity": "capacity α",
    "relative_radius": "radius R",
    "dimension": "dimension D",
    "center_correlation": "centre correlation ρ",
}
TITLES = {"first": "first epoch", "best": "best epoch\n(on the test set)", "last": "last epoch"}


@house_style
def plot_capacities(capacities: pd.DataFrame, history: pd.DataFrame, *, title: str) -> Figure:
    """A row of panels for each moment of training, one for each measure against layer, with the groups of images.

    Lines are means over runs, bands their 95 % intervals. Grey is the range of the groups' means where their images are
    dealt out to the classes at random; in the row of the last epoch, means of the best epoch are dotted.

    Parameters
    ----------
    capacities, history : DataFrame
        CAPACITIES and HISTORY of all runs, with ``run``; taps in order of depth.
    title : str
        Title of the experiment.
    """
    rows = at_moments(capacities, history)
    moments = [moment for moment in MOMENTS if moment in set(rows["moment"])]
    taps = list(dict.fromkeys(capacities["tap"]))
    size = 9.6 + 0.6 * max(len(taps) - 6, 0), 1.9 * len(moments) + 1.5
    figure, grid = plt.subplots(len(moments), len(MEASURES), figsize=size, squeeze=False, sharex=True, sharey="col")
    for panels, moment in zip(grid, moments, strict=True):
        at_moment = rows[rows["moment"] == moment]
        for axes, measure in zip(panels, MEASURES, strict=True):
            _draw_without_structure(axes, at_moment, measure, taps)
            if moment == "last":
                _draw_means(axes, rows[rows["moment"] == "best"], measure, taps)
            draw_groups(axes, at_moment[~at_moment["shuffled"]], measure, "tap", taps)
        panels[0].set_ylabel(TITLES[moment])
    for axes, label in zip(grid[0], MEASURES.values(), strict=True):
        axes.set_title(label, fontsize="medium")
    for axes in grid[-1]:
        axes.set_xticks(range(len(taps)), [tap.replace("_", " ") for tap in taps], rotation=90, fontsize="small")
        axes.set_xlim(-0.3, len(taps) - 0.7)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(f"{title}\n{described(capacities)}")
    return figure


def described(capacities: pd.DataFrame) -> str:
    """What manifolds there are, and what was projected out of them."""
    removed = "nothing" if set(capacities["center_removal"]) == {"none"} else "directions that centres share"
    numbers = (_range(capacities[name]) for name in ("n_manifolds", "images_per_class"))
    return "{} manifolds of {} images, ".format(*numbers) + f"{removed} projected out"


def draw_groups(axes: Axes, rows: pd.DataFrame, measure: str, along: str, places: Sequence[object]) -> None:
    """Means over runs with intervals, of each group, at places along the axis."""
    for group, colour in GROUPS.items():
        of_group = rows[rows["group"] == group]
        if len(of_group):
            values = _of_runs(of_group, measure, along, places)
            draw_mean_at(axes, np.arange(len(places)), values, colour, group, marker="o", markersize=3)


def _range(numbers: pd.Series) -> str:
    low, high = numbers.min(), numbers.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _of_runs(rows: pd.DataFrame, measure: str, along: str, places: Sequence[object]) -> NDArray[np.float64]:
    """Values of one group, shape (places, runs); NaN where one is not defined."""
    wide = rows.assign(**{along: rows[along].astype(object)}).pivot(index=along, columns="run", values=measure)
    return wide.reindex(list(places)).to_numpy(np.float64)


def _draw_means(axes: Axes, rows: pd.DataFrame, measure: str, taps: Sequence[str]) -> None:
    """Means of another moment, dotted."""
    for group, of_group in rows[~rows["shuffled"]].groupby("group", observed=True):
        level = _of_runs(of_group, measure, "tap", taps).mean(axis=1)
        axes.plot(level, ":", color=GROUPS[str(group)], linewidth=1)


def _draw_without_structure(axes: Axes, rows: pd.DataFrame, measure: str, taps: Sequence[str]) -> None:
    """What groups give whose images are dealt out to their classes at random, and for capacities 2/M."""
    shuffled = rows[rows["shuffled"]].groupby("group", observed=True)
    levels = [_of_runs(of_group, measure, "tap", taps).mean(axis=1) for _, of_group in shuffled]
    label = "classes dealt out at random (range of groups)"
    axes.fill_between(range(len(taps)), np.min(levels, 0), np.max(levels, 0), color="0.75", linewidth=1, label=label)
    if measure == "capacity":
        for number, level in enumerate(rows["capacity_without_structure"].unique()):
            label = "_" * number + "2/M, no structure"
            axes.axhline(level, color="0.4", linestyle="--", linewidth=1, label=label)
