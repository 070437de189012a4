"""Does the finding depend on the sampler's defects: every class under one protocol against the other."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.errors import ConfigError
from rote.figures.class_panels import (
    GROUP_COLOURS,
    group_handles,
    group_of_class,
    of_panel,
    ordered_densities,
    protocols_of,
    words,
)
from rote.figures.component_counts import component_counts
from rote.figures.style import house_style
from rote.rank_correlation import rank_correlation
from rote.seeds import Seeds

QUANTITIES = {
    "mean_log_density": "mean log density (nat)",
    "relative_entropy": "complexity (nat)",
    "n_components": "mean number of components",
}
HOLLOW: dict[str, Any] = {"color": "0.4", "marker": "o", "markerfacecolor": "none", "linestyle": ""}


@house_style
def plot_protocols(
    class_densities: pd.DataFrame,
    complexities: pd.DataFrame,
    traces: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    taps: Sequence[str],
    title: str,
    n_discarded: int,
    seeds: Seeds,
) -> Figure:
    """Log density, complexity and number of components of each class under both protocols, with rank correlations.

    Parameters
    ----------
    class_densities, complexities, traces, groups : DataFrame
        CLASS_DENSITIES, COMPLEXITIES, TRACES and GROUPS of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.
    n_discarded : int
        Sweeps at the start of every chain that do not count.
    seeds : Seeds
        Of the bootstrap over classes.

    Raises
    ------
    ConfigError
        If the rows are of another number of protocols than two.
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(complexities)
    if len(protocols) != 2:
        raise ConfigError(f"protocols are compared two at a time, not {', '.join(protocols)}: configure two")
    figure, grid = plt.subplots(len(taps), len(QUANTITIES), figsize=(9, 3.1 * len(taps) + 0.6), squeeze=False)
    for tap, row in zip(taps, grid, strict=True):
        first, other = (
            _quantities(
                n_discarded, *(of_panel(kind, protocol, tap) for kind in (class_densities, complexities, traces))
            )
            for protocol in protocols
        )
        other = other.loc[first.index]
        group, other_group = (group_of_class(of_panel(groups, protocol, tap))[first.index] for protocol in protocols)
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
    return figure


def _said(correlation: float, low: float, high: float) -> str:
    if np.isnan(correlation):
        return "rank correlation undefined: all classes alike"
    return f"rank correlation {correlation:.2f} ({low:.2f} to {high:.2f})"


def _quantities(
    n_discarded: int, class_densities: pd.DataFrame, complexities: pd.DataFrame, traces: pd.DataFrame
) -> pd.DataFrame:
    """The compared quantities of a panel, one column each, by class."""
    counts = component_counts(traces, n_discarded)["mean"].rename("n_components")
    density = ordered_densities(class_densities)["mean_log_density"]
    complexity = complexities.set_index("class")["relative_entropy"]
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
