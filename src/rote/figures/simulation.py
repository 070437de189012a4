"""Capacity by simulation against that of mean-field theory (paper 2, Fig. 1B)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.capacities import GROUPS
from rote.figures.style import house_style
from rote.tables.moments import MOMENTS

MARKERS = {"first": "^", "best": "o", "last": "s"}
TWO_SIDED = 1.96  # standard errors of a 95 % interval


@house_style
def plot_simulation(points: pd.DataFrame, *, title: str) -> Figure:
    """A point for each group, layer and epoch, with 95 % intervals: of the theory's Monte Carlo draws, of the median.

    Parameters
    ----------
    points : DataFrame
        Simulated capacities of a run beside those of the theory, with ``theory``, ``theory_error`` and ``moment``.
    title : str
    """
    shown = points[points["capacity"].notna()]
    figure, axes = plt.subplots(figsize=(4.6, 4.9))
    for group, colour in GROUPS.items():
        for moment in MOMENTS:
            own = shown[(shown["group"] == group) & (shown["moment"] == moment)]
            if len(own):
                _draw(axes, own, colour, MARKERS[moment], f"{group}, {moment} epoch")
    if len(shown):
        both = shown[["capacity", "theory", "low", "high"]].to_numpy(np.float64)
        ends = 0.85 * float(np.nanmin(both)), 1.1 * float(np.nanmax(both[np.isfinite(both)]))
        axes.plot(ends, ends, color="0.35", linewidth=1, linestyle=":", zorder=0)
        axes.set_xlim(ends)
        axes.set_ylim(ends)
        figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    axes.set_aspect("equal")
    axes.set_xlabel("capacity α by mean-field theory")
    axes.set_ylabel("capacity α by simulation")
    axes.set_title(f"{len(shown)} of {len(points)} sets of manifolds are shown\n{_numbers(points)}", fontsize="small")
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, points: pd.DataFrame, colour: str, marker: str, label: str) -> None:
    capacity = points["capacity"].to_numpy(np.float64)
    high = points["high"].fillna(np.inf).to_numpy(np.float64)
    up = np.where(np.isfinite(high), high - capacity, 0)
    axes.errorbar(
        points["theory"],
        capacity,
        xerr=TWO_SIDED * points["theory_error"],
        yerr=[capacity - points["low"], up],
        fmt=marker,
        color=colour,
        markersize=4,
        linewidth=0.8,
        label=label,
    )


def _numbers(points: pd.DataFrame) -> str:
    whole = [sorted(set(points[name])) for name in ("n_manifolds", "images_per_class", "dichotomies")]
    manifolds, images, dichotomies = (" or ".join(map(str, numbers)) for numbers in whole)
    return f"{manifolds} classes of {images} images, {dichotomies} divisions of each"
