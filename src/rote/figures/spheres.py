"""Two classes of spheres by the feature that tells them apart and by others (paper 2, Fig. A.3, left)."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from rote.figures.style import house_style

POINTS = 500  # of each class, beyond which they only hide one another


@house_style
def plot_spheres(points: pd.DataFrame, *, title: str) -> Figure:
    """A panel for each further feature: the first across, this one upward, in the colour of each class.

    Parameters
    ----------
    points : DataFrame
        ``class`` (its name) and a column for each feature, the one that tells the classes apart first.
    title : str
    """
    telling, *others = [name for name in points.columns if name != "class"]
    figure, panels = plt.subplots(
        1, len(others), figsize=(2.4 * len(others) + 0.6, 3.2), squeeze=False, sharex=True, sharey=True
    )
    for axes, feature in zip(panels[0], others, strict=True):
        for colour, (name, rows) in enumerate(points.groupby("class", sort=False)):
            own = rows.head(POINTS)
            axes.scatter(
                own[telling], own[feature], s=4, alpha=0.6, color=f"C{colour}", linewidth=0, label=name, rasterized=True
            )
        axes.set_xlabel(telling)
        axes.set_ylabel(feature)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(title)
    return figure
