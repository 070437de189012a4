"""Relative entropy between the density models of every two classes."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from rote.figures.class_panels import (
    PerPanel,
    by_class,
    group_of_class,
    name_classes,
    ordered_densities,
    protocols_and_taps,
    words,
)
from rote.figures.style import MAP, save, styled
from rote.tables.density import CLASS_DIVERGENCES


def plot_class_divergences(
    class_divergences: PerPanel, class_densities: PerPanel, groups: PerPanel, *paths: Path, title: str
) -> None:
    """Heatmaps of KL(p‖q) over ordered pairs of classes, sorted by mean log density, on one logarithmic scale.

    Parameters
    ----------
    class_divergences, class_densities, groups : mapping of (str, str) to Path
        CLASS_DIVERGENCES, CLASS_DENSITIES and GROUPS tables of a run, by protocol and tap.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.
    """
    protocols, taps = protocols_and_taps(class_divergences)
    classes = {panel: ordered_densities(class_densities[panel]).index.tolist() for panel in class_divergences}
    matrices = {panel: divergence_matrix(path, classes[panel]) for panel, path in class_divergences.items()}
    values = np.concatenate([matrix[matrix > 0] for matrix in matrices.values()])
    scale = LogNorm(values.min(), values.max())
    with styled():
        size = (3.1 * len(protocols) + 0.9, 3.2 * len(taps) + 0.5)
        figure, grid = plt.subplots(len(taps), len(protocols), figsize=size, squeeze=False)
        for (i, tap), (j, protocol) in ((row, column) for row in enumerate(taps) for column in enumerate(protocols)):
            panel, axes = (protocol, tap), grid[i, j]
            image = _draw_matrix(axes, matrices[panel], classes[panel], scale)
            _draw_border(axes, int((group_of_class(groups[panel]) == "low_density").sum()))
            axes.set_title(f"{words(tap)}, {protocol}", fontsize="small")
        figure.colorbar(image, ax=grid, label="KL(p ‖ q) (nat)", shrink=0.8)
        figure.suptitle(title)
        save(figure, *paths)


def divergence_matrix(class_divergences: Path, classes: list[int]) -> NDArray[np.float64]:
    """KL(p‖q), shape (C, C), p down and q across in this order of classes; NaN where there is none or it is not > 0.

    An estimate below 0 comes from a divergence within its standard error of 0.
    """
    table = by_class(class_divergences, CLASS_DIVERGENCES)
    matrix = table.pivot_table(index="class", columns="other_class", values="relative_entropy")
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
