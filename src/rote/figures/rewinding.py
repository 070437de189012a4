"""Accuracy of an experiment's networks with one layer set back to an earlier epoch (paper 2, Figs 4A, 4B, A.9-A.11)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.seeds import (
    at_common_epochs,
    depth_colours,
    draw_mean,
    early_stopped_accuracy,
    name_layers,
    over_runs,
)
from rote.figures.style import house_style, log_epoch_axis

PANELS = {"train": "training images, as labelled", "test": "test images"}
MOST_LAYERS = 16  # VGG16 has fewer convolutions, ResNet18 more
TREATMENTS = {
    "none": "",
    "with_layer": "batch norm goes back",
    "stays": "batch norm stays",
    "recalibrated": "statistics recalibrated",
}


@house_style
def plot_rewinding(rewound: pd.DataFrame, history: pd.DataFrame, *, title: str) -> Figure:
    """Accuracy on training and test images against the epoch that a layer is set back to, a line for each layer.

    Of more than 16 layers every third is drawn and the last two, as the paper does for ResNet18. Test accuracy has an
    axis of its own, since of a network that memorized it is a few percent.

    Parameters
    ----------
    rewound : DataFrame
        REWINDING of all runs, with ``run``. Only epochs that all runs have are drawn; there is a row of panels for each
        treatment of batch norms.
    history : DataFrame
        HISTORY of the same runs, with ``run``.
    title : str
        Title of the experiment.
    """
    layers = _shown(list(dict.fromkeys(map(str, rewound["layer"]))))
    drawn = at_common_epochs(rewound).astype({"layer": str, "group": str, "batch_norm": str})
    found = set(drawn["batch_norm"])
    treatments = [treatment for treatment in TREATMENTS if treatment in found]
    stopped = early_stopped_accuracy(history)
    size = (8.6, 2.9 * len(treatments) + 0.6)
    figure, grid = plt.subplots(len(treatments), 2, figsize=size, sharex=True, sharey="col", squeeze=False)
    for row, treatment in zip(grid, treatments, strict=True):
        for axes, (group, says) in zip(row, PANELS.items(), strict=True):
            _draw(axes, drawn[(drawn["batch_norm"] == treatment) & (drawn["group"] == group)], layers)
            axes.set_title("\n".join(filter(None, [says, TREATMENTS[treatment]])), fontsize="medium")
        row[1].axhline(stopped, color="C3", linestyle="--", linewidth=1.2, label="early-stopped (best epoch)")
        row[0].set_ylabel("accuracy")
        for axes in row:
            axes.set_ylim(bottom=0)
    for axes in grid[-1]:
        axes.set_xlabel("epoch that the layer is set back to")
    figure.legend(*grid[0, 1].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    name_layers(figure, grid.ravel().tolist(), layers)
    figure.suptitle(title)
    return figure


def _shown(layers: list[str]) -> list[str]:
    if len(layers) <= MOST_LAYERS:
        return layers
    return [layer for place, layer in enumerate(layers) if place % 3 == 0 or place >= len(layers) - 2]


def _draw(axes: Axes, rows: pd.DataFrame, layers: list[str]) -> None:
    """Curves of one group of examples, and the accuracy of the networks as they are."""
    unchanged = rows.groupby("run", observed=True)["unchanged_accuracy"].first().mean()
    axes.axhline(unchanged, color="0.35", linestyle=":", linewidth=1.2, label="no layer set back")
    of_layer = dict(iter(rows.groupby("layer")))
    for layer, colour in zip(layers, depth_colours(len(layers)), strict=True):
        wide = of_layer[layer].pivot(index="epoch", columns="run", values="accuracy").sort_index()
        epochs, accuracies = wide.index.to_numpy(np.int64), wide.to_numpy(np.float64)
        interval = over_runs(accuracies.shape[1], int(rows["examples"].iloc[0]))
        draw_mean(axes, epochs, accuracies, colour, interval=interval, of_lines=len(layers))
    log_epoch_axis(axes, int(rows["epoch"].max()))
