"""Class-conditional log densities, class by class, and the gap that parts the classes (Figs 1, A.7 to A.10)."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rote import tables
from rote.figures.class_panels import (
    GROUP_COLOURS,
    PerPanel,
    group_handles,
    group_of_class,
    ordered_densities,
    panels_by_tap,
    protocols_and_taps,
    stack_classes,
    words,
)
from rote.figures.style import save, styled
from rote.tables.density import GAPS

MARKED = 2  # taps, the deepest, at which groups are marked: the paper sees none before


def plot_class_densities(class_densities: PerPanel, gaps: PerPanel, groups: PerPanel, *paths: Path, title: str) -> None:
    """Mean and standard deviation of the log densities of each class's examples, classes sorted by the mean.

    Parameters
    ----------
    class_densities, gaps, groups : mapping of (str, str) to Path
        CLASS_DENSITIES, GAPS and GROUPS tables of a run, by protocol and tap.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.
    """
    protocols, taps = protocols_and_taps(class_densities)
    ordered = {panel: ordered_densities(path) for panel, path in class_densities.items()}
    with styled():
        figure, panels = panels_by_tap(protocols, taps, max(map(len, ordered.values())))
        for (protocol, tap), axes in panels.items():
            densities, panel = ordered[protocol, tap], (protocol, tap)
            splits: pd.DataFrame = tables.read(gaps[panel], GAPS).to_pandas()
            split = splits[splits["chain"].isna()].iloc[0]
            marked = tap in taps[-MARKED:]
            group = group_of_class(groups[panel])[densities.index]
            _draw_densities(axes, densities, group.map(GROUP_COLOURS).tolist() if marked else ["0.35"] * len(group))
            if marked:
                _draw_split(axes, split, len(densities))
            axes.set_title(f"{words(tap)}, {protocol}\n{_decisiveness(split, splits)}", fontsize="small")
            if protocol == protocols[-1]:
                axes.set_xlabel("log density (nat)")
        figure.legend(handles=group_handles(), loc="outside lower center", ncols=2, fontsize="small")
        figure.suptitle(title)
        save(figure, *paths)


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
