"""Relative entropy between the density models of every two classes."""

from collections.abc import Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.figures.class_panels import (
    group_of_class,
    name_classes,
    of_panel,
    ordered_densities,
    protocols_of,
    words,
)
from rote.figures.style import MAP, house_style


@house_style
def plot_class_divergences(
    class_divergences: pd.DataFrame,
    class_densities: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    taps: Sequence[str],
    title: str,
) -> Figure:
    """Heatmaps of KL(p‖q) over ordered pairs of classes, sorted by mean log density, on one logarithmic scale.

    Parameters
    ----------
    class_divergences, class_densities, groups : DataFrame
        CLASS_DIVERGENCES, CLASS_DENSITIES and GROUPS of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.

    Raises
    ------
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(class_divergences)
    classes = {
        panel: ordered_densities(of_panel(class_densities, *panel)).index.tolist() for panel in product(protocols, taps)
    }
    matrices = {panel: divergence_matrix(of_panel(class_divergences, *panel), classes[panel]) for panel in classes}
    values = np.concatenate([matrix[matrix > 0] for matrix in matrices.values()])
    scale = LogNorm(values.min(), values.max())
    size = (3.1 * len(protocols) + 0.9, 3.2 * len(taps) + 0.5)
    figure, grid = plt.subplots(len(taps), len(protocols), figsize=size, squeeze=False)
    for (i, tap), (j, protocol) in ((row, column) for row in enumerate(taps) for column in enumerate(protocols)):
        panel, axes = (protocol, tap), grid[i, j]
        image = _draw_matrix(axes, matrices[panel], classes[panel], scale)
        _draw_border(axes, int((group_of_class(of_panel(groups, *panel)) == "low_density").sum()))
        axes.set_title(f"{words(tap)}, {protocol}", fontsize="small")
    figure.colorbar(image, ax=grid, label="KL(p ‖ q) (nat)", shrink=0.8)
    figure.suptitle(title)
    return figure


def divergence_matrix(class_divergences: pd.DataFrame, classes: list[int]) -> NDArray[np.float64]:
    """KL(p‖q) of a panel, shape (C, C), p down, q across in this order of classes; NaN where it is not > 0 or absent.

    An estimate below 0 comes from a divergence within its standard error of 0.
    """
    matrix = class_divergences.pivot_table(index="class", columns="other_class", values="relative_entropy")
    found = matrix.reindex(index=classes, columns=classes).to_numpy(np.float64)
    return np.where((found > 0) & ~np.eye(len(classes), dtype=bool), found, np.nan)


def _draw_matrix(axes: Axes, matrix: NDArray[np.float64], classes: list[int], scale: LogNorm) -> ScalarMappable:
    axes.set_facecolor("0.85")
    image = axes.imshow(matrix, cmap=MAP, norm=scale, interpolation="nearest")
    name_classes(axes.xaxis, classes, "class q")
    name_classes(axes.yaxis, classes, "class p")
    return image


def _draw_border(axes: Axes, n_low: int) -> None:
    """Lines between the low- and the high-density classes."""
    for draw in (axes.axhline, axes.axvline):
        draw(n_low - 0.5, color="white", linewidth=1.2)
