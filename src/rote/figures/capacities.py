"""Geometry of manifolds layer by layer, at the first, best and last epoch (paper 2, Figs 3 and A.4 to A.7)."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.claims.intervals import over_seeds
from rote.figures.seeds import draw_mean_at
from rote.figures.style import house_style
from rote.tables.moments import MOMENTS, at_moments

Floats = NDArray[np.float64]

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
    position = np.arange(len(taps), dtype=np.float64)
    size = 9.6 + 0.6 * max(len(taps) - 6, 0), 1.9 * len(moments) + 1.5
    figure, grid = plt.subplots(len(moments), len(MEASURES), figsize=size, squeeze=False, sharex=True, sharey="col")
    for panels, moment in zip(grid, moments, strict=True):
        at_moment = rows[rows["moment"] == moment]
        for axes, measure in zip(panels, MEASURES, strict=True):
            draw_without_structure(axes, at_moment, measure, "tap", taps, position)
            if measure == "capacity":
                _draw_closed_form(axes, at_moment)
            if moment == "last":
                _draw_means(axes, rows[rows["moment"] == "best"], measure, taps)
            draw_groups(axes, at_moment[~at_moment["shuffled"]], measure, "tap", taps, position)
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


def draw_groups(
    axes: Axes, rows: pd.DataFrame, measure: str, along: str, places: Sequence[object], position: Floats
) -> None:
    """Means over runs with intervals, of each group, at places along the axis that have these positions (n,)."""
    for group, colour in GROUPS.items():
        of_group = rows[rows["group"] == group]
        if len(of_group):
            values = of_runs(of_group, measure, along, places)
            draw_mean_at(axes, position, values, colour, group, marker="o", markersize=3)


def draw_without_structure(
    axes: Axes, rows: pd.DataFrame, measure: str, along: str, places: Sequence[object], position: Floats
) -> None:
    """What groups give whose images are dealt out to their classes at random: the range of their means over runs."""
    shuffled = rows[rows["shuffled"]].groupby("group", observed=True)
    levels = np.array([_means(of_group, measure, along, places) for _, of_group in shuffled])
    lowest, highest = np.nanmin(levels, axis=0), np.nanmax(levels, axis=0)
    label = "classes dealt out at random (range of groups)"
    axes.fill_between(position, lowest, highest, color="0.75", linewidth=1, label=label)


def of_runs(rows: pd.DataFrame, measure: str, along: str, places: Sequence[object]) -> list[Floats]:
    """Values of one group's runs at each place, NaN where one is not defined; none where none was measured."""
    return [rows.loc[rows[along] == place, measure].to_numpy(np.float64) for place in places]


def _range(numbers: pd.Series) -> str:
    low, high = numbers.min(), numbers.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _means(rows: pd.DataFrame, measure: str, along: str, places: Sequence[object]) -> list[float]:
    return [over_seeds(values).estimate for values in of_runs(rows, measure, along, places)]


def _draw_means(axes: Axes, rows: pd.DataFrame, measure: str, taps: Sequence[str]) -> None:
    """Means of another moment, dotted."""
    for group, of_group in rows[~rows["shuffled"]].groupby("group", observed=True):
        axes.plot(_means(of_group, measure, "tap", taps), ":", color=GROUPS[str(group)], linewidth=1)


def _draw_closed_form(axes: Axes, rows: pd.DataFrame) -> None:
    for number, level in enumerate(rows["capacity_without_structure"].unique()):
        label = "_" * number + "2/M, no structure"
        axes.axhline(level, color="0.4", linestyle="--", linewidth=1, label=label)
