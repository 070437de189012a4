"""Class-conditional log densities, class by class, and the gap that parts the classes (Figs 1, A.7 to A.10)."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.class_panels import (
    GROUP_COLOURS,
    group_handles,
    group_of_class,
    of_panel,
    ordered_densities,
    panels_by_tap,
    protocols_of,
    stack_classes,
    words,
)
from rote.figures.style import house_style

MARKED = 2  # taps, the deepest, at which groups are marked: the paper sees none before


@house_style
def plot_class_densities(
    class_densities: pd.DataFrame, gaps: pd.DataFrame, groups: pd.DataFrame, *, taps: Sequence[str], title: str
) -> Figure:
    """Mean and standard deviation of the log densities of each class's examples, classes sorted by the mean.

    Parameters
    ----------
    class_densities, gaps, groups : DataFrame
        CLASS_DENSITIES, GAPS and GROUPS of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.

    Raises
    ------
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(class_densities)
    ordered = {panel: ordered_densities(of_panel(class_densities, *panel)) for panel in product(protocols, taps)}
    figure, panels = panels_by_tap(protocols, taps, max(map(len, ordered.values())))
    for (protocol, tap), axes in panels.items():
        densities = ordered[protocol, tap]
        splits = of_panel(gaps, protocol, tap)
        split = splits[splits["chain"].isna()].iloc[0]
        marked = tap in taps[-MARKED:]
        group = group_of_class(of_panel(groups, protocol, tap))[densities.index]
        _draw_densities(axes, densities, group.map(GROUP_COLOURS).tolist() if marked else ["0.35"] * len(group))
        if marked:
            _draw_split(axes, split, len(densities))
        axes.set_title(f"{words(tap)}, {protocol}\n{_decisiveness(split, splits)}", fontsize="small")
        if protocol == protocols[-1]:
            axes.set_xlabel("log density (nat)")
    figure.legend(handles=group_handles(), loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw_densities(axes: Axes, densities: pd.DataFrame, colours: list[str]) -> None:
    """Classes upwards in the order of the rows: their mean as a point, ± one standard deviation as a bar."""
    place = np.arange(len(densities))
    mean, deviation = densities["mean_log_density"], densities["log_density_deviation"]
    size = 16 if len(densities) <= 20 else 6
    axes.hlines(place, mean - deviation, mean + deviation, color=colours, linewidth=1, alpha=0.55)
    axes.scatter(mean, place, s=size, color=colours, zorder=3)
    stack_classes(axes, densities.index.tolist())


def _draw_split(axes: Axes, split: "pd.Series[float]", n_classes: int) -> None:
    axes.axvline(split["threshold"], color="black", linestyle="--", linewidth=1)
    border = split["n_low"] - 0.5
    for (bottom, top), colour in zip([(-1, border), (border, n_classes)], GROUP_COLOURS.values(), strict=True):
        axes.axhspan(bottom, top, color=colour, alpha=0.1, linewidth=0)


def _decisiveness(split: "pd.Series[float]", splits: pd.DataFrame) -> str:
    return (
        f"{split['n_low']:.0f} low, {split['n_high']:.0f} high: gap {split['gap']:.3g} nat\n"
        f"p = {split['p_value']:.2g} (groups {split['group_p_value']:.2g})\n"
        f"every chain: ≥ {100 * splits['agreement'].min():.0f} % alike"
    )
