"""Where in depth memorized, random and typical examples are fitted: Figs 4 and A.11 of Jamroz & Kurdziel."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.figures.class_panels import protocols_of, words
from rote.figures.style import house_style

LOOKS: dict[str, dict[str, Any]] = {  # C0 and C1 are the colours of groups of classes in other figures
    "memorized": {"color": "C3", "marker": "o"},
    "random": {"color": "0.45", "marker": "s"},
    "typical": {"color": "C9", "marker": "^"},
}
PRIORS: dict[bool, dict[str, Any]] = {
    True: {"linestyle": "-"},
    False: {"linestyle": "--", "markerfacecolor": "white"},
}
STEP = 0.1  # between marks of a tap, whose space is 1


@house_style
def plot_subset_divergences(divergences: pd.DataFrame, *, taps: Sequence[str], title: str) -> Figure:
    """Relative entropy between classes at every tap, among memorized, random and typical examples (Fig. 4).

    Drawn are the mean and one standard deviation over ordered pairs of classes.

    Parameters
    ----------
    divergences : DataFrame
        SUBSET_DIVERGENCES of a run, with ``protocol``, ``tap`` and ``least_examples``.
    taps : sequence of str
        To draw, in order of depth; one without rows leaves a gap.
    title : str
        Title of the run.
    """
    figure, panels = _panels(protocols_of(divergences), taps)
    for protocol, axes in panels.items():
        table = divergences[divergences["protocol"] == protocol]
        for place, (subset, look) in zip(_places(len(LOOKS)), LOOKS.items(), strict=True):
            pairs = table[table["subset"] == subset].groupby("tap")["relative_entropy"]
            _draw_line(axes, place, pairs.mean().reindex(list(taps)), pairs.std(ddof=0).reindex(list(taps)), look)
        n_classes, least = table["class"].nunique(), table["least_examples"].iloc[0]
        axes.set_title(
            f"{protocol}\n{n_classes} classes with {least} or more examples in each subset", fontsize="small"
        )
    figure.axes[0].set_ylabel("KL(p ‖ q) between classes (nat)")
    handles = [Line2D([], [], label=f"{subset} examples", **look) for subset, look in LOOKS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    return figure


@house_style
def plot_generative_scores(scores: pd.DataFrame, *, taps: Sequence[str], title: str) -> Figure:
    """F-score of the generative classifier at every tap, with and without the prior term (Fig. A.11).

    Parameters
    ----------
    scores : DataFrame
        GENERATIVE_SCORES of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth; one without rows leaves a gap.
    title : str
        Title of the run.
    """
    series = list(product(LOOKS, PRIORS))
    figure, panels = _panels(protocols_of(scores), taps)
    for protocol, axes in panels.items():
        table = scores[scores["protocol"] == protocol]
        for place, (subset, prior) in zip(_places(len(series)), series, strict=True):
            rows = table[(table["subset"] == subset) & (table["prior"] == prior)].set_index("tap").reindex(list(taps))
            _draw_line(axes, place, rows["f_score"], rows["standard_error"], LOOKS[subset] | PRIORS[prior])
        axes.set_title(protocol, fontsize="medium")
    figure.axes[0].set_ylabel("F-score")
    figure.axes[0].set_ylim(-0.02, 1.02)
    n_examples = scores.groupby("subset")["n_examples"].max()
    handles = [
        Line2D([], [], label=f"{n_examples[subset]:,} {subset} examples", **look) for subset, look in LOOKS.items()
    ]
    names = {True: "with the prior p(C)", False: "without it"}
    handles += [Line2D([], [], color="black", marker="o", label=names[prior], **look) for prior, look in PRIORS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(title)
    return figure


def _panels(protocols: Sequence[str], taps: Sequence[str]) -> tuple[Figure, dict[str, Axes]]:
    """Figure with a panel for each protocol, in which taps stand at 0, 1 and so on."""
    size = (max(5.5, max(3.4, 0.9 * len(taps)) * len(protocols) + 0.6), 4)
    figure, grid = plt.subplots(1, len(protocols), figsize=size, sharex=True, sharey=True, squeeze=False)
    grid[0, 0].set_xticks(range(len(taps)), list(map(words, taps)))
    grid[0, 0].set_xlim(-0.5, len(taps) - 0.5)
    return figure, dict(zip(protocols, grid[0], strict=True))


def _places(number: int) -> NDArray[np.float64]:
    """Places beside each other, about 0."""
    return np.arange(number, dtype=np.float64) * STEP - (number - 1) / 2 * STEP


def _draw_line(
    axes: Axes, place: float, values: "pd.Series[float]", spread: "pd.Series[float]", look: dict[str, Any]
) -> None:
    """Values of the taps in their order, with bars."""
    axes.errorbar(np.arange(len(values)) + place, values, spread, elinewidth=1, linewidth=1, markersize=5, **look)
