"""Do our memorization scores agree with published ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from rote import tables
from rote.figures.class_panels import words
from rote.figures.style import save, styled
from rote.tables.memorization import SCORE_CORRELATIONS


def plot_score_correlations(correlations: Path, *paths: Path, title: str) -> None:
    """Rank correlation of our memorization scores with each published set, and its bootstrap interval.

    Parameters
    ----------
    correlations : Path
        SCORE_CORRELATIONS table.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the trials.
    """
    table = tables.read(correlations, SCORE_CORRELATIONS)
    place = np.arange(len(table))
    spearman, low, high = (table[name].to_numpy() for name in ("spearman", "low", "high"))
    with styled():
        figure, axes = plt.subplots(figsize=(7, 0.55 * len(table) + 1.2))
        axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
        axes.hlines(place, low, high, color="C0", linewidth=1.6)
        axes.plot(spearman, place, "o", color="C0", markersize=5)
        for at, row in enumerate(table.to_pylist()):
            axes.text(1.03, at, _said(row), transform=axes.get_yaxis_transform(), va="center", fontsize="small")
        axes.set_yticks(place, list(map(_named, table.to_pylist())))
        axes.set_ylim(len(table) - 0.5, -0.6)
        axes.set_xlim(-1.02 if np.nanmin(low, initial=0) < 0 else -0.02, 1.02)
        axes.set_xlabel("rank correlation with our scores")
        axes.set_title(title, fontsize="medium")
        save(figure, *paths)


def _said(row: Mapping[str, Any]) -> str:
    if row["spearman"] is None:
        return "undefined: scores are constant"
    return f"{row['spearman']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _named(row: Mapping[str, Any]) -> str:
    return f"{words(row['reference'])}\n{row['trials']:,} trials, {row['examples']:,} examples"
