"""Certified accuracy of smoothed classifiers against the radius, bin by bin of density, and the noise it rests on."""

from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rote.errors import ConfigError
from rote.figures.class_panels import protocols_of
from rote.figures.style import MAP, house_style

UNITS = {"pixel": "pixels in [0, 1]", "normalised": "normalised pixels"}


@house_style
def plot_certified_accuracy(accuracies: pd.DataFrame, *, title: str) -> Figure:
    """Share of the examples whose right class is certain up to a radius: all bins together, and each bin by colour.

    As in Cohen et al. (2019), over the bins of Fig. 3 of Jamroz & Kurdziel.

    Parameters
    ----------
    accuracies : DataFrame
        CERTIFIED_ACCURACY of a run, with ``protocol`` and ``certification``.
    title : str
        Title of the run.

    Raises
    ------
    ConfigError
        If rows are of different certifications.
    """
    certification = common_certification(accuracies["certification"])
    protocols = protocols_of(accuracies)
    colours = ScalarMappable(Normalize(0, max(accuracies["bin"].max(), 1)), MAP)
    size = (max(3.6 * len(protocols) + 1.2, 5.5), 3.6)
    figure, grid = plt.subplots(1, len(protocols), figsize=size, sharex=True, sharey=True, squeeze=False)
    for axes, protocol in zip(grid[0], protocols, strict=True):
        curves = accuracies[accuracies["protocol"] == protocol].sort_values("radius", kind="stable")
        _draw_curves(axes, curves, colours)
        axes.set_title(protocol, fontsize="medium")
        axes.set_xlabel(f"certified radius ({UNITS[certification['noise_units']]})")
    grid[0, 0].set_ylim(0, 1.03)
    grid[0, 0].set_xlim(left=0)
    grid[0, 0].set_ylabel("certified accuracy")
    figure.colorbar(colours, ax=grid, label="bin, by rising log density", ticks=MaxNLocator(5, integer=True))
    grid[0, -1].legend(fontsize="small")
    figure.suptitle(f"{title}\n{describe(certification)}", fontsize="medium")
    return figure


def common_certification(certifications: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one certification of all rows: ``standard_deviation``, ``noise_units``, ``n0``, ``n`` and ``alpha``.

    Raises
    ------
    ConfigError
        If it is not the same for all: their radii cannot stand on one axis.
    """
    first, *others = certifications
    for other in others:
        if other != first:
            raise ConfigError(f"radii of different certifications, {first} and {other}, share no axis: draw them apart")
    return first


def describe(certification: Mapping[str, Any]) -> str:
    """The noise and the draws of a certification in words."""
    noise = f"noise of σ = {certification['standard_deviation']:g} ({UNITS[certification['noise_units']]})"
    return f"{noise}; n = {certification['n']:,} draws, α = {certification['alpha']:g}"


def _draw_curves(axes: Axes, curves: pd.DataFrame, colours: ScalarMappable) -> None:
    bins = np.sort(curves["bin"].dropna().unique())
    for number, colour in zip(bins, colours.to_rgba(bins), strict=True):
        rows = curves[curves["bin"] == number]
        axes.plot(rows["radius"], rows["accuracy"], ".-", markersize=2, color=colour, linewidth=0.9)
    rows = curves[curves["bin"].isna()]
    low, high = rows["accuracy_low"], rows["accuracy_high"]
    axes.fill_between(rows["radius"], low, high, color="black", alpha=0.3, linewidth=0, zorder=3)
    axes.plot(
        rows["radius"], rows["accuracy"], ".-", color="black", linewidth=1.6, zorder=4, label="all bins, 95 % interval"
    )
