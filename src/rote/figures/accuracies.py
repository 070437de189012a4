"""Accuracy of an experiment's networks against epoch, on each group of examples (paper 2, Fig. 2A)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.figures.seeds import draw_mean
from rote.figures.style import epoch_position, house_style, log_epoch_axis
from rote.tables.training import best_epoch

TRAINING_SET = {"train": "all, as labelled", "test": "test"}
PARTS = {"unpermuted": "unpermuted", "permuted": "permuted", "restored": "restored (true labels)"}


@house_style
def plot_accuracies(history: pd.DataFrame, *, title: str) -> Figure:
    """Mean accuracy over runs with its 95 % interval: left the training and test set, right the training set's parts.

    Parameters
    ----------
    history : DataFrame
        HISTORY of all runs, with ``run``. A run that has stopped keeps its last accuracy.
    title : str
        Title of the experiment.
    """
    best = [best_epoch(of_run) for _, of_run in history.groupby("run")]
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.6), sharey=True)
    for axes, shown, first in zip(panels, (TRAINING_SET, PARTS), (0, 2), strict=True):
        for colour, (subset, label) in enumerate(shown.items(), first):
            _draw(axes, history[history["subset"] == subset], f"C{colour}", label)
        axes.plot(
            epoch_position(np.array(best)),
            np.full(len(best), 1.03),
            "v",
            color="0.35",
            markersize=4,
            clip_on=False,
            linestyle="none",
        )
        log_epoch_axis(axes, int(history["epoch"].max()))
        axes.set_ylim(0, 1)
    panels[0].set_ylabel("accuracy")
    figure.legend(loc="outside lower center", ncols=5, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    if rows.empty:
        return
    epochs, accuracies = _of_runs(rows)
    draw_mean(axes, epochs, accuracies, colour, label)


def _of_runs(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Epochs (E,) and accuracies (E, runs)."""
    wide = rows.pivot(index="epoch", columns="run", values="error").sort_index().ffill()
    return wide.index.to_numpy(np.int64), 1 - wide.to_numpy(np.float64)
