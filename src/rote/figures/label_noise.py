"""Capacity of manifolds against the share of random labels, at three layers (paper 2, Fig. A.8)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rote.figures.capacities import described, draw_groups, draw_without_structure
from rote.figures.style import house_style
from rote.tables.layers import first_middle_last
from rote.tables.moments import at_moments


@house_style
def plot_label_noise(
    capacities: pd.DataFrame, history: pd.DataFrame, *, fractions: Mapping[str, float], title: str
) -> Figure:
    """A panel for the first, the middle and the last layer: capacities at the last epoch of each group of images.

    Lines are means over runs, bands their 95 % intervals. Grey is the range of the groups' means where their images are
    dealt out to the classes at random.

    Parameters
    ----------
    capacities, history : DataFrame
        CAPACITIES and HISTORY of all runs, with ``run``; taps in order of depth.
    fractions : mapping of str to float
        Share of random labels of each run.
    title : str
        Title of the figure.
    """
    rows = at_moments(capacities, history)
    rows = rows[rows["moment"] == "last"]
    rows = rows.assign(fraction=rows["run"].map(fractions).astype(np.float64))
    places = sorted(set(rows["fraction"]))
    position = np.array(places)
    shown = list(dict.fromkeys(first_middle_last(capacities["tap"])))
    figure, panels = plt.subplots(1, len(shown), figsize=(2.9 * len(shown) + 0.6, 3.4), squeeze=False)
    for axes, tap in zip(panels[0], shown, strict=True):
        of_tap = rows[rows["tap"] == tap]
        draw_without_structure(axes, of_tap, "capacity", "fraction", places, position)
        draw_groups(axes, of_tap[~of_tap["shuffled"]], "capacity", "fraction", places, position)
        axes.set_title(tap.replace("_", " "), fontsize="medium")
        axes.set_xlabel("share of random labels ε")
        axes.set_ylim(0, None)
    panels[0, 0].set_ylabel("capacity α")
    named = {label: line for axes in panels[0] for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(f"{title}\n{described(rows)}")
    return figure
