"""Does the finding depend on the sampler's defects: every class under one protocol against the other."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.errors import ConfigError
from rote.figures.class_panels import (
    GROUP_COLOURS,
    PerPanel,
    by_class,
    group_handles,
    group_of_class,
    ordered_densities,
    protocols_and_taps,
    words,
)
from rote.figures.component_counts import component_counts
from rote.figures.style import save, styled
from rote.rank_correlation import rank_correlation
from rote.seeds import Seeds
from rote.tables.density import COMPLEXITIES

QUANTITIES = {
    "mean_log_density": "mean log density (nat)",
    "relative_entropy": "complexity (nat)",
    "n_components": "mean number of components",
}
HOLLOW: dict[str, Any] = {"color": "0.4", "marker": "o", "markerfacecolor": "none", "linestyle": ""}


def plot_protocols(
    class_densities: PerPanel,
    complexities: PerPanel,
    traces: PerPanel,
    groups: PerPanel,
    *paths: Path,
    title: str,
    n_discarded: int,
    seeds: Seeds,
) -> None:
    """Log density, complexity and number of components of each class under both protocols, with rank correlations.

    Parameters
    ----------
    class_densities, complexities, traces, groups : mapping of (str, str) to Path
        CLASS_DENSITIES, COMPLEXITIES, TRACES and GROUPS tables of a run, by protocol and tap.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.
    n_discarded : int
        Sweeps at the start of every chain that do not count.
    seeds : Seeds
        Of the bootstrap over classes.

    Raises
    ------
    ConfigError
        If the tables are of another number of protocols than two.
    """
    protocols, taps = protocols_and_taps(complexities)
    if len(protocols) != 2:
        raise ConfigError(f"protocols are compared two at a time, not {', '.join(protocols)}: configure two")
    with styled():
        figure, grid = plt.subplots(len(taps), len(QUANTITIES), figsize=(9, 3.1 * len(taps) + 0.6), squeeze=False)
        for tap, row in zip(taps, grid, strict=True):
            first, other = (
                _quantities(n_discarded, *(kind[protocol, tap] for kind in (class_densities, complexities, traces)))
                for protocol in protocols
            )
            other = other.loc[first.index]
            group, other_group = (group_of_class(groups[protocol, tap])[first.index] for protocol in protocols)
            same = (group == other_group).to_numpy()
            for axes, (quantity, label) in zip(row, QUANTITIES.items(), strict=True):
                values, others = (frame[quantity].to_numpy(np.float64) for frame in (first, other))
                _draw_pairs(axes, values, others, group.map(GROUP_COLOURS).tolist(), same)
                found = rank_correlation(values, others, seeds.within(tap).generator("rank correlation"))
                axes.set_title(f"{words(tap)}: {label}\n{_said(*found)}", fontsize="small")
                axes.set_xlabel(protocols[0])
            row[0].set_ylabel(f"{protocols[1]}\n({same.sum()} of {len(same)} classes grouped alike)")
        changed = Line2D([], [], label=f"in the other group if {protocols[1]}", **HOLLOW)
        figure.legend(handles=[*group_handles(), changed], loc="outside lower center", ncols=3, fontsize="small")
        figure.suptitle(title)
        save(figure, *paths)


def _said(correlation: float, low: float, high: float) -> str:
    if np.isnan(correlation):
        return "rank correlation undefined: all classes alike"
    return f"rank correlation {correlation:.2f} ({low:.2f} to {high:.2f})"


def _quantities(n_discarded: int, class_densities: Path, complexities: Path, traces: Path) -> pd.DataFrame:
    """The compared quantities, one column each, by class."""
    counts = component_counts(traces, n_discarded)["mean"].rename("n_components")
    density = ordered_densities(class_densities)["mean_log_density"]
    complexity = by_class(complexities, COMPLEXITIES)["relative_entropy"]
    return pd.concat([density, complexity, counts], axis=1).loc[density.index]


def _draw_pairs(
    axes: Axes,
    values: NDArray[np.float64],
    others: NDArray[np.float64],
    colours: list[str],
    same: NDArray[np.bool_],
) -> None:
    """A point per class in the colour of its group, hollow where the other protocol puts it elsewhere."""
    faces = np.where(same, colours, "none")
    axes.scatter(values, others, s=18, facecolors=faces.tolist(), edgecolors=colours, linewidth=1)
    ends = [min(values.min(), others.min()), max(values.max(), others.max())]
    axes.plot(ends, ends, color="0.3", linestyle="--", linewidth=1, zorder=0)
    axes.set_aspect("equal", adjustable="datalim")
