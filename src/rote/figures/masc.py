"""Accuracy and size of class subspaces, layer by layer (paper 4, Figs 2, 3, F12, F13, F15, F17)."""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.seeds import draw_mean_at, early_stopped_accuracy, over_runs
from rote.figures.style import house_style

LABELLINGS = {
    "corrupted": "subspaces of the given labels",
    "true": "subspaces of the true labels",
    "reversed": "subspaces of other labels",
}
PANELS = (
    ("train", "training images against the subspaces' labels"),
    ("true", "training images against true labels"),
    ("test", "test images"),
)
NAMES = ("tap", "labelling", "method", "components", "fitted_on", "group", "against")
METHODS = {
    "subspaces": ("C0", "-", "o", "class subspaces, {}"),
    "one": ("C4", "-", "v", "one component"),
    "class_means": ("C2", "-", "s", "class means"),
    "discriminant": ("C1", "-", "^", "discriminant analysis"),
}
FITS = {"all": ("-", "made of these examples too"), "other_folds": ("--", "cross-fitted")}
UNTRAINED = "untrained network"


@house_style
def plot_accuracies(accuracy: pd.DataFrame, history: pd.DataFrame, *, title: str) -> Figure:
    """Accuracy at each layer: a row of panels for each labelling, columns for training and test images.

    Parameters
    ----------
    accuracy : DataFrame
        MASC_ACCURACY of all runs, with ``run``. Drawn are the first size, one component where it is there, baselines on
        test images, and the first size in the untrained network, in grey. Lines are means over runs, bands their 95 %
        interval, or of one run alone that over its examples.
    history : DataFrame
        HISTORY of the same runs, with ``run``.
    title : str
        Title of the experiment.
    """
    rows = accuracy.astype(dict.fromkeys(NAMES, str))
    last = rows[rows["epoch"] == rows.groupby("run")["epoch"].transform("max")]
    first = rows[rows["epoch"] == rows.groupby("run")["epoch"].transform("min")]
    measured = last[last["method"] != "network"]
    taps = list(dict.fromkeys(measured["tap"]))
    labellings = [name for name in LABELLINGS if name in set(measured["labelling"])]
    size = str(measured.loc[measured["method"] == "subspaces", "components"].iloc[0])
    shape = (11, 2.9 * len(labellings) + 1.1)
    figure, grid = plt.subplots(len(labellings), 3, figsize=shape, sharex=True, sharey=True, squeeze=False)
    for row, labelling in zip(grid, labellings, strict=True):
        for axes, (panel, says) in zip(row, PANELS, strict=True):
            group = "test" if panel == "test" else "train"
            against = "true" if panel != "train" else {"corrupted": "given"}.get(labelling, labelling)
            own = _of(measured, labelling, group, against)
            _draw_panel(axes, own, _of(first, labelling, group, against), taps, size, panel == "test")
            axes.set_title(f"{says},\n{LABELLINGS[labelling]}", fontsize="small")
        _draw_network(row, last, labelling)
        row[2].axhline(
            early_stopped_accuracy(history), color="C3", linestyle=":", linewidth=1.2, label="network, best epoch"
        )
        row[0].set_ylabel("accuracy")
    for axes in grid[-1]:
        axes.set_xticks(range(len(taps)), taps, rotation=45, ha="right", fontsize="small")
    axes.set_ylim(0, 1.03)
    lines = {label: line for axes in grid.flat for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=4, fontsize="small")
    figure.suptitle(title)
    return figure


@house_style
def plot_sizes(sizes: pd.DataFrame, *, title: str) -> Figure:
    """Components of class subspaces at each layer, mean over classes and runs, a line for each size that was asked for.

    Parameters
    ----------
    sizes : DataFrame
        SUBSPACE_SIZES of all runs, with ``run``.
    title : str
        Title of the experiment.
    """
    rows = sizes.astype(dict.fromkeys(("tap", "labelling", "components"), str))
    rows = rows[rows["epoch"] == rows.groupby("run")["epoch"].transform("max")]
    taps, labellings = list(dict.fromkeys(rows["tap"])), list(dict.fromkeys(rows["labelling"]))
    figure, grid = plt.subplots(
        1, len(labellings), figsize=(4 * len(labellings) + 0.6, 3.6), sharey=True, squeeze=False
    )
    for axes, labelling in zip(grid[0], labellings, strict=True):
        own = rows[rows["labelling"] == labelling]
        for number, size in enumerate(dict.fromkeys(own["components"])):
            mean = own[own["components"] == size].groupby("tap")["dimensions"].mean().reindex(taps)
            axes.plot(range(len(taps)), mean, "o-", color=f"C{number}", label=size)
        spanned = own.groupby("tap")["spanned"].mean().reindex(taps)
        axes.plot(range(len(taps)), spanned, ":", color="0.35", label="spanned by the examples")
        axes.set_yscale("log")
        axes.set_xticks(range(len(taps)), taps, rotation=45, ha="right", fontsize="small")
        axes.set_title(LABELLINGS[labelling], fontsize="medium")
    grid[0, 0].set_ylabel("components, mean over classes")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize="small")
    figure.suptitle(title)
    return figure


def _of(rows: pd.DataFrame, labelling: str, group: str, against: str) -> pd.DataFrame:
    return rows[(rows["labelling"] == labelling) & (rows["group"] == group) & (rows["against"] == against)]


def _draw_panel(
    axes: Axes, own: pd.DataFrame, untrained: pd.DataFrame, taps: list[str], size: str, baselines: bool
) -> None:
    """Curves of one group of examples and one labelling."""
    for name, (colour, _, marker, says) in METHODS.items():
        if not baselines and name != "subspaces":
            continue
        chosen = _method(own, name, size)
        for fitted_on, (line, how) in FITS.items():
            rows = chosen[chosen["fitted_on"] == fitted_on]
            if len(rows):
                label = says.format(size) + ("" if baselines else f", {how}")
                _draw_curve(axes, rows, taps, color=colour, linestyle=line, marker=marker, label=label)
    control = _method(untrained, "subspaces", size)
    for fitted_on, (line, how) in FITS.items():
        rows = control[control["fitted_on"] == fitted_on]
        if len(rows):
            label = UNTRAINED if baselines else f"{UNTRAINED}, {how}"
            _draw_curve(axes, rows, taps, color="0.55", linestyle=line, marker=".", label=label)


def _method(rows: pd.DataFrame, name: str, size: str) -> pd.DataFrame:
    if name in ("subspaces", "one"):
        wanted = size if name == "subspaces" else "number 1"
        return rows[(rows["method"] == "subspaces") & (rows["components"] == wanted)]
    return rows[rows["method"] == name]


def _draw_curve(axes: Axes, rows: pd.DataFrame, taps: list[str], color: str, label: str, **line: Any) -> None:
    wide = rows.pivot(index="tap", columns="run", values="accuracy").reindex(taps).to_numpy(np.float64)
    interval = over_runs(wide.shape[1], int(rows["examples"].iloc[0]))
    draw_mean_at(axes, np.arange(len(taps)), wide, color, label, interval, of_lines=10, markersize=4, **line)


def _draw_network(row: Iterable[Axes], last: pd.DataFrame, labelling: str) -> None:
    """Accuracy of the network itself on each panel's examples."""
    own = last[last["method"] == "network"]
    for axes, (panel, _) in zip(row, PANELS, strict=True):
        group = "test" if panel == "test" else "train"
        against = "true" if panel != "train" else {"corrupted": "given"}.get(labelling, labelling)
        found = own[(own["group"] == group) & (own["against"] == against)]["accuracy"]
        axes.axhline(found.mean(), color="C3", linewidth=1.2, label="network, last epoch")
