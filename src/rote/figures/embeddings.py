"""Images in the plane as a layer sees them, group by group and epoch by epoch (paper 2, Figs 2B and A.2)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.style import PALETTE, house_style

GROUPS = ("unpermuted", "permuted", "restored", "test")


@house_style
def plot_embeddings(points: pd.DataFrame, neighbours: pd.DataFrame, *, title: str) -> Figure:
    """A row for each group, a column for each layer and epoch; colours are classes by the labels of the group.

    Parameters
    ----------
    points, neighbours : DataFrame
        EMBEDDINGS and NEIGHBOUR_LABELS of a run.
    title : str
    """
    columns = list(points[["tap", "epoch"]].drop_duplicates().itertuples(index=False, name=None))
    groups = [group for group in GROUPS if (points["group"] == group).any()]
    figure, grid = plt.subplots(
        len(groups), len(columns), figsize=(2.3 * len(columns) + 0.6, 2.3 * len(groups) + 0.6), squeeze=False
    )
    classes = np.unique(points["class"])
    colours = dict(zip(classes, sns.color_palette(PALETTE, len(classes)), strict=True))
    for panels, (tap, epoch) in zip(grid.T, columns, strict=True):
        whole = points[(points["tap"] == tap) & (points["epoch"] == epoch)]
        counted = neighbours[(neighbours["tap"] == tap) & (neighbours["epoch"] == epoch)].set_index("group")
        for axes, group in zip(panels, groups, strict=True):
            _draw(axes, whole, group, colours)
            found = counted.loc[group]
            axes.set_xlabel(
                f"{found['agreement']:.2f} ± {found['standard_error']:.2f} ({found['chance']:.2f})", fontsize="small"
            )
        panels[0].set_title(f"{str(tap).replace('_', ' ')}\nepoch {epoch}", fontsize="medium")
    for axes, group in zip(grid[:, 0], groups, strict=True):
        axes.set_ylabel(group)
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, whole: pd.DataFrame, group: str, colours: dict[int, tuple[float, float, float]]) -> None:
    own = whole[whole["group"] == group]
    others = whole[~whole["example"].isin(own["example"])]
    axes.scatter(others["x"], others["y"], s=3, color="0.88", linewidth=0, rasterized=True)
    axes.scatter(
        own["x"], own["y"], s=5, color=[colours[label] for label in own["class"]], linewidth=0, rasterized=True
    )
    axes.set_xticks([])
    axes.set_yticks([])
