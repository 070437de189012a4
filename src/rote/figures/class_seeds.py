"""Does a class's group depend on the seed of training: agreement of every two runs, tap by tap."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.figures.class_panels import words
from rote.figures.style import house_style

COLOURS = ("C2", "C4", "C3", "C5")  # of protocols; C0 and C1 are the groups' in the other figures
MARKERS = "osD^vPX*"  # of pairs of runs
SPREAD = 0.5  # share of a tap's space in which its marks stand beside each other


@house_style
def plot_class_seeds(group_agreements: pd.DataFrame, *, titles: Mapping[str, str], title: str) -> Figure:
    """Agreement of the groups and rank correlation of the mean log densities, for every tap, protocol and two runs.

    Parameters
    ----------
    group_agreements : DataFrame
        GROUP_AGREEMENTS, taps in order of depth.
    titles : mapping of str to str
        Title of each run.
    title : str
        Title of the comparison.
    """
    table = group_agreements
    taps = table["tap"].unique().tolist()
    colours = dict(zip(table["protocol"].unique(), COLOURS, strict=False))
    pairs = table[["run", "other_run"]].drop_duplicates().itertuples(index=False, name=None)
    markers = {pair: MARKERS[number % len(MARKERS)] for number, pair in enumerate(pairs)}
    sets = list(table.groupby(["protocol", "run", "other_run"], sort=False))
    size = (max(5.5, 1.1 * len(taps) + 1.2), 5.4 + 0.2 * len(markers))
    figure, (of_groups, of_ranks) = plt.subplots(2, 1, figsize=size, sharex=True)
    for place, ((protocol, *pair), rows) in zip(_places(len(sets)), sets, strict=True):
        marks = np.arange(len(taps)) + place, rows.set_index("tap").loc[taps]
        _draw_groups(of_groups, *marks, colours[protocol], markers[tuple(pair)])
        _draw_ranks(of_ranks, *marks, colours[protocol], markers[tuple(pair)])
    of_ranks.set_xticks(range(len(taps)), list(map(words, taps)))
    for axes in (of_groups, of_ranks):
        axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
        axes.set_ylim(min(axes.get_ylim()[0], -0.08), 1.08)
    names = {f"{titles[run]} / {titles[other]}": marker for (run, other), marker in markers.items()}
    figure.legend(handles=_handles(colours, names), loc="outside lower center", fontsize="small")
    figure.suptitle(title)
    return figure


def _places(number: int) -> NDArray[np.float64]:
    """Places beside each other, about 0."""
    return (np.arange(number) + 0.5) / number * SPREAD - SPREAD / 2


def _draw_groups(axes: Axes, place: NDArray[np.float64], rows: pd.DataFrame, colour: str, marker: str) -> None:
    """Cohen's kappa, and hollow the share of classes."""
    axes.plot(place, rows["agreement"], color=colour, marker=marker, linestyle="", markerfacecolor="none")
    axes.plot(place, rows["kappa"], color=colour, marker=marker, linestyle="")
    axes.set_ylabel("Cohen's kappa of the groups\n(hollow: share alike)")


def _draw_ranks(axes: Axes, place: NDArray[np.float64], rows: pd.DataFrame, colour: str, marker: str) -> None:
    axes.vlines(place, rows["rank_correlation_low"], rows["rank_correlation_high"], color=colour, linewidth=1.2)
    axes.plot(place, rows["rank_correlation"], color=colour, marker=marker, linestyle="")
    axes.set_ylabel("rank correlation of\nmean log densities")


def _handles(colours: Mapping[str, str], markers: Mapping[str, str]) -> Sequence[Line2D]:
    """Entries of the legend: the colours of protocols and the markers of pairs of runs."""
    return [
        *(Line2D([], [], color=colour, linewidth=4, label=protocol) for protocol, colour in colours.items()),
        *(Line2D([], [], color="0.3", marker=marker, linestyle="", label=pair) for pair, marker in markers.items()),
    ]
