"""Certified accuracy of smoothed classifiers against the radius, bin by bin of density, and the noise it rests on."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from rote import tables
from rote.errors import ConfigError
from rote.figures.style import MAP, save, styled
from rote.tables.bins import CERTIFIED_ACCURACY

UNITS = {"pixel": "pixels in [0, 1]", "normalised": "normalised pixels"}


def plot_certified_accuracy(accuracies: Mapping[str, Path], *paths: Path, title: str) -> None:
    """Share of the examples whose right class is certain up to a radius: all bins together, and each bin by colour.

    As in Cohen et al. (2019), over the bins of Fig. 3 of Jamroz & Kurdziel.

    Parameters
    ----------
    accuracies : mapping of str to Path
        CERTIFIED_ACCURACY table of each protocol, with its ``certification`` in the provenance.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.

    Raises
    ------
    ConfigError
        If the tables are of different certifications.
    """
    certification = common_certification(accuracies.values())
    curves: dict[str, pd.DataFrame] = {
        protocol: tables.read(path, CERTIFIED_ACCURACY).to_pandas().sort_values("radius", kind="stable")
        for protocol, path in accuracies.items()
    }
    last = max(curve["bin"].max() for curve in curves.values())
    colours = ScalarMappable(Normalize(0, max(last, 1)), MAP)
    with styled():
        size = (max(3.6 * len(curves) + 1.2, 5.5), 3.6)
        figure, grid = plt.subplots(1, len(curves), figsize=size, sharex=True, sharey=True, squeeze=False)
        for axes, (protocol, curve) in zip(grid[0], curves.items(), strict=True):
            _draw_curves(axes, curve, colours)
            axes.set_title(protocol, fontsize="medium")
            axes.set_xlabel(f"certified radius ({UNITS[certification['noise_units']]})")
        grid[0, 0].set_ylim(0, 1.03)
        grid[0, 0].set_xlim(left=0)
        grid[0, 0].set_ylabel("certified accuracy")
        figure.colorbar(colours, ax=grid, label="bin, by rising log density", ticks=MaxNLocator(5, integer=True))
        grid[0, -1].legend(fontsize="small")
        figure.suptitle(f"{title}\n{describe(certification)}", fontsize="medium")
        save(figure, *paths)


def common_certification(paths: Iterable[Path]) -> dict[str, Any]:
    """The certification that tables rest on: ``sigma``, ``noise_units``, ``n0``, ``n`` and ``alpha``.

    Raises
    ------
    ConfigError
        If it is not the same for all: their radii cannot stand on one axis.
    """
    first, *others = [tables.provenance(path)["certification"] for path in paths]
    for other in others:
        if other != first:
            raise ConfigError(f"radii of different certifications, {first} and {other}, share no axis: draw them apart")
    return dict(first)


def describe(certification: Mapping[str, Any]) -> str:
    """The noise and the draws of a certification in words."""
    noise = f"noise of σ = {certification['sigma']:g} ({UNITS[certification['noise_units']]})"
    return f"{noise}; n = {certification['n']:,} draws, α = {certification['alpha']:g}"


def _draw_curves(axes: Axes, curve: pd.DataFrame, colours: ScalarMappable) -> None:
    bins = np.sort(curve["bin"].dropna().unique())
    for number, colour in zip(bins, colours.to_rgba(bins), strict=True):
        rows = curve[curve["bin"] == number]
        axes.plot(rows["radius"], rows["accuracy"], ".-", markersize=2, color=colour, linewidth=0.9)
    rows = curve[curve["bin"].isna()]
    low, high = rows["accuracy_low"], rows["accuracy_high"]
    axes.fill_between(rows["radius"], low, high, color="black", alpha=0.3, linewidth=0, zorder=3)
    axes.plot(
        rows["radius"], rows["accuracy"], ".-", color="black", linewidth=1.6, zorder=4, label="all bins, 95 % interval"
    )
