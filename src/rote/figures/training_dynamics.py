"""Figures of the study of training dynamics: errors, epoch×epoch similarity, comparisons of runs.

After Figs 1-3, 7-17 and 19 of "How does perfect fitting affect representation learning?".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.figures.style import (
    MAP,
    PALETTE,
    epoch_edges,
    epoch_position,
    house_style,
    log_epoch_axis,
    mark_perfect_fitting,
)
from rote.tables.training import perfect_fitting_epoch

SUBSETS = {
    "train": "train, as labelled",
    "permuted": "permuted, as labelled",
    "restored": "permuted, true labels",
    "test": "test",
}
NO_CKA = "constant: no CKA"


@house_style
def plot_errors(history: pd.DataFrame, *, title: str) -> Figure:
    """Error of each subset against epoch, with the perfect-fitting threshold marked.

    Parameters
    ----------
    history : DataFrame
        HISTORY of a run.
    title : str
        Title of the run.
    """
    figure, axes = plt.subplots(figsize=(5.2, 3.6))
    _draw_errors(axes, history)
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    return figure


@house_style
def plot_epoch_cka(
    epoch_cka: pd.DataFrame, chance: pd.DataFrame, history: pd.DataFrame, transitions: pd.DataFrame, *, title: str
) -> Figure:
    """One epoch×epoch heatmap of CKA per tap, on a common colour scale, and the run's errors.

    Parameters
    ----------
    epoch_cka, chance, history, transitions : DataFrame
        EPOCH_CKA, with ``estimator`` and ``batches`` (see `rote.tables.maps.gather_maps`), CHANCE_CKA, HISTORY and
        TRANSITIONS of a run; taps in order of depth.
    title : str
        Title of the run.
    """
    level = chance.groupby("tap", observed=True)["cka"].mean()
    taps = list(dict.fromkeys(epoch_cka["tap"]))
    figure, panels = _panels(len(taps) + 1, columns=4, width=2.7, height=2.75)
    for axes, tap in zip(panels, taps, strict=False):
        epochs, similarity = _map(epoch_cka[epoch_cka["tap"] == tap])
        image = _draw_map(axes, epochs, similarity)
        _draw_transitions(axes, transitions[transitions["tap"] == tap])
        mark_perfect_fitting(axes, perfect_fitting_epoch(history), label=None)
        axes.set_title(f"{_words(tap)}\n{_extremes(similarity, level[tap])}", fontsize="small")
    _draw_errors(panels[-1], history)
    figure.legend(loc="outside lower center", ncols=5, fontsize="small")
    estimator, batches = epoch_cka[["estimator", "batches"]].iloc[0]
    label = f"CKA, {estimator}, {_words(batches)}"
    figure.colorbar(image, ax=panels, label=label, shrink=0.6)
    figure.suptitle(title)
    return figure


@house_style
def plot_initialisation(
    initialisation: pd.DataFrame, chance: pd.DataFrame, history: pd.DataFrame, *, title: str
) -> Figure:
    """CKA of every epoch with the run's own initialisation and with unrelated random networks (Fig. 19).

    Parameters
    ----------
    initialisation, chance, history : DataFrame
        INITIALISATION_CKA, CHANCE_CKA and HISTORY of a run; taps in order of depth.
    title : str
        Title of the run.
    """
    fitting = perfect_fitting_epoch(history)
    taps = list(dict.fromkeys(chance["tap"]))
    figure, panels = _panels(len(taps), columns=3, width=3, height=2.3)
    for axes, tap in zip(panels, taps, strict=True):
        of_tap = initialisation[initialisation["tap"] == tap]
        for colour, (reference, lines) in enumerate(of_tap.groupby("reference", observed=True)):
            for number, (_, line) in enumerate(lines.groupby("index")):
                label = f"{reference} initialisation" if number == 0 else None
                _draw_line(axes, line, "cka", f"C{colour}", label)
        _draw_line(axes, chance[chance["tap"] == tap], "cka", "0.6", "chance (images permuted)")
        mark_perfect_fitting(axes, fitting)
        axes.set_title(_words(tap) + f"\n{NO_CKA}" * of_tap.empty, fontsize="medium")
        log_epoch_axis(axes, int(chance["epoch"].max()))
        axes.set_ylim(0, 1.02)
        axes.set_ylabel("CKA")
    named = {label: line for axes in panels for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=4, fontsize="small")
    figure.suptitle(title)
    return figure


@house_style
def plot_comparison(
    history: pd.DataFrame, transitions: pd.DataFrame, *, titles: Mapping[str, str], title: str
) -> Figure:
    """Runs side by side: their test errors, and below where the transitions of each tap lie.

    Parameters
    ----------
    history, transitions : DataFrame
        HISTORY and TRANSITIONS of all runs, with ``run``.
    titles : mapping of str to str
        Title of each run to draw, in this order.
    title : str
        Title of the comparison.
    """
    errors, found = _of_runs(history, titles), _of_runs(transitions, titles)
    taps = list(dict.fromkeys(tap for table in found for tap in table["tap"]))
    last = max(int(table["epoch"].max()) for table in errors)
    colours = sns.color_palette(PALETTE, len(titles))
    below = 0.6 + 0.14 * len(taps) * len(titles)
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(6.4, 3.4 + below), height_ratios=[2.6, below], sharex=True)
    for table, colour in zip(errors, colours, strict=True):
        _draw_line(top, table[table["subset"] == "test"], "error", colour)
        for axes in (top, bottom):
            mark_perfect_fitting(axes, perfect_fitting_epoch(table), label=None, color=colour)
    top.set_ylabel("test error")
    top.set_ylim(0, None)
    _name_runs(figure, titles, colours)
    _draw_transition_intervals(bottom, found, taps, colours)
    for axes in (top, bottom):
        log_epoch_axis(axes, last)
        axes.label_outer()
    figure.suptitle(title)
    return figure


@house_style
def plot_evolution(history: pd.DataFrame, evolution: pd.DataFrame, *, titles: Mapping[str, str], title: str) -> Figure:
    """How much each tap of each run evolves within windows of log-epoch.

    Parameters
    ----------
    history, evolution : DataFrame
        HISTORY and EVOLUTION of all runs, with ``run``.
    titles : mapping of str to str
        Title of each run to draw, in this order.
    title : str
        Title of the comparison.
    """
    errors, evolved = _of_runs(history, titles), _of_runs(evolution, titles)
    fitting = list(map(perfect_fitting_epoch, errors))
    taps = list(dict.fromkeys(tap for table in evolved for tap in table["tap"])) or ["no two epochs with a CKA"]
    last = max(int(table["epoch"].max()) for table in errors)
    colours = sns.color_palette(PALETTE, len(titles))
    figure, panels = _panels(len(taps), columns=3, width=3, height=2.3)
    for axes, tap in zip(panels, taps, strict=True):
        for table, epoch, colour in zip(evolved, fitting, colours, strict=True):
            of_tap = table[table["tap"] == tap]
            axes.errorbar(
                np.sqrt(epoch_position(of_tap["window_start"]) * of_tap["window_end"]),
                of_tap["dissimilarity"],
                of_tap["standard_error"].fillna(0),
                fmt="o-",
                color=colour,
                markersize=4,
                capsize=2,
            )
            mark_perfect_fitting(axes, epoch, label=None, color=colour)
        axes.set_title(_words(tap), fontsize="medium")
        log_epoch_axis(axes, last)
    for axes in panels[1:]:
        axes.sharey(panels[0])
    if any((table["dissimilarity"] > 0).any() for table in evolved):
        panels[0].set_yscale("log")  # from taps that hardly move to taps that turn over
    panels[0].set_ylabel("mean 1 − CKA\nin the window")
    _name_runs(figure, titles, colours)
    figure.suptitle(title)
    return figure


def _of_runs(frame: pd.DataFrame, runs: Iterable[str]) -> list[pd.DataFrame]:
    """Rows of each run."""
    return [frame[frame["run"] == run] for run in runs]


def _name_runs(figure: Figure, titles: Mapping[str, str], colours: Sequence[Any]) -> None:
    """Legend of runs by colour, their titles as written: a line's own label may not begin with an underscore."""
    lines = [Line2D([], [], color=colour) for colour in colours]
    figure.legend(lines, list(titles.values()), loc="outside lower center", ncols=2, fontsize="small")


def _panels(count: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Figure with `count` panels in rows, each of this size in inches."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(width * columns, height * rows + 0.4), squeeze=False)
    for axes in grid.flat[count:]:
        axes.remove()
    return figure, list(grid.flat[:count])


def _extremes(similarity: NDArray[np.float64], chance: float) -> str:
    if not np.isfinite(similarity).any():
        return NO_CKA
    least = np.nanmin(similarity)
    return f"least {least:.{_digits(least)}f}" + f", chance {chance:.2f}" * bool(np.isfinite(chance))


def _digits(value: float) -> int:
    """Decimals that tell a similarity from 1."""
    return 2 if value < 0.99 else min(int(np.ceil(-np.log10(max(1 - value, 1e-6)))), 6)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _map(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Epochs (E,) and the symmetric map (E, E) of the rows of one tap, in any order."""
    epochs = np.unique(rows["epoch"])
    similarity = np.full((len(epochs), len(epochs)), np.nan)
    i, j = np.searchsorted(epochs, rows["epoch"]), np.searchsorted(epochs, rows["other_epoch"])
    similarity[i, j] = similarity[j, i] = rows["cka"]
    return epochs.astype(np.int64), similarity


def _draw_map(axes: Axes, epochs: NDArray[np.int64], similarity: NDArray[np.float64]) -> ScalarMappable:
    edges = epoch_edges(epochs)
    axes.set_facecolor("0.85")  # where a representation is constant there is no CKA
    image = axes.pcolormesh(edges, edges, similarity, vmin=0, vmax=1, cmap=MAP, rasterized=True)
    for which in ("x", "y"):
        log_epoch_axis(axes, int(epochs[-1]), which)
    axes.set_aspect("equal")
    return image


def _draw_transitions(axes: Axes, found: pd.DataFrame) -> None:
    """Mark transitions on the diagonal, their intervals as bars."""
    for row in found.dropna(subset="transition_epoch").itertuples():
        low, centre, high = epoch_position(np.array([row.epoch_low, row.transition_epoch, row.epoch_high]))
        axes.plot([low, high], [centre, centre], color="white", linewidth=1.4)
        axes.plot(centre, centre, "o", markersize=4.5, markerfacecolor="white", markeredgecolor="black")


def _draw_line(axes: Axes, table: pd.DataFrame, value: str, colour: object, label: str | None = None) -> None:
    """A line against epoch with a band of one standard error; a point with a bar where there is one epoch."""
    epoch = epoch_position(table["epoch"].to_numpy())
    centre, error = table[value].to_numpy(), table["standard_error"].fillna(0).to_numpy(np.float64)
    if len(epoch) == 1:
        axes.errorbar(epoch, centre, error, fmt="o", color=colour, label=label, markersize=4, clip_on=False)
        return
    axes.plot(epoch, centre, color=colour, label=label, linewidth=1.4)
    axes.fill_between(epoch, centre - error, centre + error, color=colour, alpha=0.25, linewidth=0)


def _draw_errors(axes: Axes, history: pd.DataFrame) -> None:
    for colour, (subset, label) in enumerate(SUBSETS.items()):
        of_subset = history[history["subset"] == subset]
        if len(of_subset):
            _draw_line(axes, of_subset, "error", f"C{colour}", label)
    mark_perfect_fitting(axes, perfect_fitting_epoch(history))
    log_epoch_axis(axes, int(history["epoch"].max()))
    axes.set_ylim(0, 1)
    axes.set_ylabel("error")


def _draw_transition_intervals(
    axes: Axes, found: Sequence[pd.DataFrame], taps: Sequence[str], colours: Sequence[object]
) -> None:
    """Transition epochs with their intervals, a row for each tap and run, the shallowest tap on top."""
    runs = len(found)
    for run, (table, colour) in enumerate(zip(found, colours, strict=True)):
        for row in table.dropna(subset="transition_epoch").itertuples():
            place = taps.index(row.tap) + (run + 0.5) / runs - 0.5
            low, centre, high = epoch_position(np.array([row.epoch_low, row.transition_epoch, row.epoch_high]))
            axes.plot([low, high], [place, place], color=colour, linewidth=2, alpha=0.6)
            axes.plot(centre, place, "o", color=colour, markersize=5)
    axes.set_yticks(range(len(taps)), [_words(tap) for tap in taps])
    axes.set_ylim(len(taps) - 0.5, -0.5)
    axes.set_title("transitions between similarity blocks; dotted: perfect fitting", fontsize="medium")
