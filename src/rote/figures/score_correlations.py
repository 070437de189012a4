"""Do our memorization scores agree with published ones."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rote.figures.class_panels import words
from rote.figures.style import house_style


@house_style
def plot_score_correlations(correlations: pd.DataFrame, *, title: str) -> Figure:
    """Rank correlation of our memorization scores with each published set, and its bootstrap interval.

    Parameters
    ----------
    correlations : DataFrame
        SCORE_CORRELATIONS of an estimate, the first reference on top.
    title : str
        Title of the trials.
    """
    rows = correlations.to_dict("records")
    place = np.arange(len(rows))
    spearman, low, high = (correlations[name].to_numpy(np.float64) for name in ("spearman", "low", "high"))
    figure, axes = plt.subplots(figsize=(7, 0.55 * len(rows) + 1.2))
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.hlines(place, low, high, color="C0", linewidth=1.6)
    axes.plot(spearman, place, "o", color="C0", markersize=5)
    for at, row in enumerate(rows):
        axes.text(1.03, at, _said(row), transform=axes.get_yaxis_transform(), va="center", fontsize="small")
    axes.set_yticks(place, list(map(_named, rows)))
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.set_xlim(-1.02 if np.nanmin(low, initial=0) < 0 else -0.02, 1.02)
    axes.set_xlabel("rank correlation with our scores")
    axes.set_title(title, fontsize="medium")
    return figure


def _said(row: Mapping[Any, Any]) -> str:
    if np.isnan(row["spearman"]):
        return "undefined: scores are constant"
    return f"{row['spearman']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _named(row: Mapping[Any, Any]) -> str:
    return f"{words(row['reference'])}\n{row['trials']:,} trials, {row['examples']:,} examples"
