"""Complexity of classes against how compact they are (Fig. 2)."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike
from scipy.stats import linregress

from rote.figures.class_panels import (
    GROUP_COLOURS,
    group_handles,
    group_of_class,
    name_classes,
    of_panel,
    ordered_densities,
    protocols_of,
    words,
)
from rote.figures.style import house_style

ENTROPY, DISTANCE = "relative entropy (nat)", "mean intra-class distance"
DISTANCE_MARK: dict[str, Any] = {
    "marker": "s",
    "markersize": 3.5,
    "linestyle": "",
    "markerfacecolor": "none",
    "color": "0.35",
}


@house_style
def plot_complexity(
    complexities: pd.DataFrame,
    class_densities: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    taps: Sequence[str],
    title: str,
) -> Figure:
    """Relative entropy against mean intra-class distance, and both against the rank of the class by density.

    Figure 2 of the paper shows for every class a mark of each quantity and does not say along what. The first panel
    sets one against the other, which is what the text asks; the second shows both, classes sorted as in Fig. 1.

    Parameters
    ----------
    complexities, class_densities, groups : DataFrame
        COMPLEXITIES, CLASS_DENSITIES and GROUPS of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.

    Raises
    ------
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(complexities)
    size = (8.4, 2.9 * len(taps) * len(protocols) + 0.6)
    figure, grid = plt.subplots(len(taps) * len(protocols), 2, figsize=size, squeeze=False)
    panels = [(protocol, tap) for tap in taps for protocol in protocols]
    for panel, (against_distance, by_density) in zip(panels, grid, strict=True):
        classes = ordered_densities(of_panel(class_densities, *panel)).index
        table = of_panel(complexities, *panel).set_index("class").loc[classes]
        colours = group_of_class(of_panel(groups, *panel))[classes].map(GROUP_COLOURS).tolist()
        name = f"{words(panel[1])}, {panel[0]}"
        _draw_against_distance(against_distance, table, colours, name)
        _draw_by_density(by_density, table, colours, name)
    square = Line2D([], [], label=f"{DISTANCE} (right axis)", **DISTANCE_MARK)
    figure.legend(handles=[*group_handles(), square], loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw_against_distance(axes: Axes, table: pd.DataFrame, colours: list[str], name: str) -> None:
    distance = table["intra_class_distance"]
    _draw_marks(axes, distance, table, colours)
    slope = _draw_line(axes, distance, table["relative_entropy"])
    axes.set_title(f"{name}\nslope {slope} nat per unit of distance", fontsize="small")
    axes.set_xlabel(DISTANCE)
    axes.set_ylabel(ENTROPY)


def _draw_by_density(axes: Axes, table: pd.DataFrame, colours: list[str], name: str) -> None:
    place = np.arange(len(table))
    _draw_marks(axes, place, table, colours)
    slope = _draw_line(axes, place, table["relative_entropy"])
    axes.set_title(f"{name}\nslope {slope} nat per rank", fontsize="small")
    axes.set_ylabel(ENTROPY)
    name_classes(axes.xaxis, table.index.tolist())
    other = axes.twinx()
    other.plot(place, table["intra_class_distance"], **DISTANCE_MARK)
    other.set_ylabel(DISTANCE)
    other.spines["right"].set_visible(True)


def _draw_marks(axes: Axes, place: ArrayLike, table: pd.DataFrame, colours: list[str]) -> None:
    """Relative entropies ± one standard error."""
    entropy, error = table["relative_entropy"], table["standard_error"]
    axes.vlines(place, entropy - error, entropy + error, color=colours, linewidth=1)
    axes.scatter(place, entropy, s=14, color=colours, zorder=3)


def _draw_line(axes: Axes, x: ArrayLike, y: ArrayLike) -> str:
    """Draw the least-squares line of y on x; its slope, with the standard error where there is one."""
    line = linregress(x, y)
    ends = np.array([np.min(x), np.max(x)])
    axes.plot(ends, line.intercept + line.slope * ends, color="0.3", linestyle="--", linewidth=1.2)
    error = f"± {line.stderr:.2g}" if np.size(x) > 2 else "(of two classes, no standard error)"
    return f"{line.slope:.3g} {error}"
