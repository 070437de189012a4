"""Gradients of an experiment's networks in the course of training (paper 2, Figs 5, A.1, A.12-A.14)."""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from rote.figures.seeds import at_common_epochs, depth_colours, draw_mean, name_layers
from rote.figures.style import MAP, epoch_edges, house_style, log_epoch_axis

GROUPS = ("all", "unpermuted", "permuted")
CENTRES = {"none": "uncentred", "classes": "centred by classes", "label_frequency": "centred by label frequency"}
DEPENDENT, INDEPENDENT = "dependent", "independent"
# Numerator and denominator, by the letters that Figs A.12 to A.14 give them.
RATIOS = {
    "D": ((DEPENDENT, "unpermuted"), (INDEPENDENT, "unpermuted")),
    "E": ((DEPENDENT, "permuted"), (INDEPENDENT, "permuted")),
    "F": ((DEPENDENT, "unpermuted"), (DEPENDENT, "permuted")),
    "G": ((INDEPENDENT, "unpermuted"), (INDEPENDENT, "permuted")),
}
KEYS = ["centred_by", "layer", "epoch", "run"]


@house_style
def plot_norms(parts: pd.DataFrame, *, title: str) -> Figure:
    """Norm of each layer's gradient against epoch, of all, unpermuted and permuted examples (Fig. 5A-C).

    Parameters
    ----------
    parts : DataFrame
        LABEL_PARTS of all runs, with ``run``. Only epochs that all runs have are drawn.
    title : str
        Title of the experiment.
    """
    layers = _layers(parts)
    logs = _logs(at_common_epochs(parts))
    centre = logs.index.get_level_values("centred_by")[0]  # the whole gradient is the same for all
    panels = {group: (centre, "gradient", group) for group in _groups(logs)}
    figure, grid = _grid(1, len(panels), len(layers))
    _draw_maps(figure, grid, {f"{group} examples": _mean(logs, *key) for group, key in panels.items()}, layers)
    figure.suptitle(title)
    return figure


@house_style
def plot_parts(parts: pd.DataFrame, *, title: str) -> Figure:
    """Norms of the label-dependent and the label-independent part of each layer's gradient against epoch (Fig. A.1).

    Parameters
    ----------
    parts, title
        As in `plot_norms`. There is a row of panels for each centre.
    """
    layers = _layers(parts)
    logs = _logs(at_common_epochs(parts))
    centres, groups = _centres(logs), [group for group in _groups(logs) if group != "all"]
    columns = list(product((DEPENDENT, INDEPENDENT), groups))
    figure, grid = _grid(len(centres), len(columns), len(layers))
    means = {
        f"{part}, {group}\n{CENTRES[centre]}": _mean(logs, centre, part, group)
        for centre in centres
        for part, group in columns
    }
    _draw_maps(figure, grid, means, layers)
    figure.suptitle(title)
    return figure


@house_style
def plot_ratios(parts: pd.DataFrame, *, title: str) -> Figure:
    """Log ratios of the norms of the parts, a line for each layer (Figs 5D-F and A.12-A.14).

    Parameters
    ----------
    parts, title
        As in `plot_norms`. There is a row of panels for each centre.
    """
    layers = _layers(parts)
    logs = _logs(at_common_epochs(parts))
    centres, groups = _centres(logs), _groups(logs)
    shown = {
        letter: ratio for letter, ratio in RATIOS.items() if {group for _, group in ratio} <= set(groups)
    }  # with no label permuted, or all of them, some have nothing to compare
    size = (2.6 * len(shown) + 1.4, 2.4 * len(centres) + 0.5)
    figure, grid = plt.subplots(len(centres), len(shown), figsize=size, sharex=True, sharey=True, squeeze=False)
    for row, centre in zip(grid, centres, strict=True):
        for axes, (letter, ratio) in zip(row, shown.items(), strict=True):
            above, below = (logs[part, group].loc[centre] for part, group in ratio)
            _draw_curves(axes, above - below, layers)
            axes.set_title(f"{letter}  {_in_words(ratio)}", fontsize="small")
        row[0].set_ylabel(f"log ratio of norms\n{CENTRES[centre]}")
    for axes in grid.flat:
        axes.label_outer()
    name_layers(figure, grid.ravel().tolist(), layers)
    figure.suptitle(title)
    return figure


def _layers(parts: pd.DataFrame) -> list[str]:
    """In the order in which they run."""
    return list(dict.fromkeys(map(str, parts["layer"])))


def _logs(parts: pd.DataFrame) -> pd.DataFrame:
    """Logarithms of norms, by (norm, group) as columns and `KEYS` as rows; NaN where a norm is 0."""
    wide = parts.astype({"layer": str, "group": str, "centred_by": str}).pivot(
        index=KEYS, columns="group", values=["gradient", DEPENDENT, INDEPENDENT]
    )
    logs: pd.DataFrame = wide.where(wide > 0).transform(np.log)
    return logs


def _centres(logs: pd.DataFrame) -> list[str]:
    found = set(logs.index.get_level_values("centred_by"))
    return [centre for centre in CENTRES if centre in found]


def _groups(logs: pd.DataFrame) -> list[str]:
    found = set(logs.columns.get_level_values("group"))
    return [group for group in GROUPS if group in found]


def _mean(logs: pd.DataFrame, centre: str, norm: str, group: str) -> pd.DataFrame:
    """Geometric means over runs, by layer and epoch."""
    of_runs = logs[norm, group].loc[centre].unstack("run")
    means: pd.DataFrame = of_runs.mean(axis=1, skipna=False).transform(np.exp).unstack("epoch")
    return means


def _grid(rows: int, columns: int, n_layers: int) -> tuple[Figure, list[Axes]]:
    """A figure of heat maps."""
    size = (2.2 * columns + 2.4, rows * (0.17 * max(n_layers, 6) + 0.75) + 0.5)
    figure, grid = plt.subplots(rows, columns, figsize=size, sharex=True, sharey=True, squeeze=False)
    return figure, list(grid.flat)


def _draw_maps(figure: Figure, panels: list[Axes], means: Mapping[str, pd.DataFrame], layers: list[str]) -> None:
    """Maps of layers by epochs on one logarithmic scale of colours."""
    found = np.concatenate([mean.to_numpy().ravel() for mean in means.values()])
    found = found[np.isfinite(found)]
    norm = LogNorm(found.min(), max(found.max(), 1.01 * found.min())) if len(found) else None
    for axes, (name, mean) in zip(panels, means.items(), strict=True):
        epochs = mean.columns.to_numpy(np.int64)
        values = mean.loc[layers].to_numpy()
        axes.set_facecolor("0.85")
        edges = np.arange(len(layers) + 1) - 0.5
        axes.pcolormesh(epoch_edges(epochs), edges, values, norm=norm, cmap=MAP, rasterized=True)
        axes.set_ylim(len(layers) - 0.5, -0.5)
        axes.set_yticks(range(len(layers)), layers, fontsize="x-small")
        axes.set_title(name, fontsize="small")
        log_epoch_axis(axes, int(epochs[-1]))
        axes.label_outer()
    figure.colorbar(ScalarMappable(norm, MAP), ax=panels, label="norm (nat)")


def _draw_curves(axes: Axes, ratios: pd.Series, layers: Sequence[str]) -> None:
    """Curves of ratios, given by layer, epoch and run."""
    axes.axhline(0, color="0.35", linewidth=0.8)
    wide = ratios.unstack("run")
    for layer, colour in zip(layers, depth_colours(len(layers)), strict=True):
        of_layer = wide.loc[layer].sort_index()
        epochs, values = of_layer.index.to_numpy(np.int64), of_layer.to_numpy(np.float64)
        draw_mean(axes, epochs, values, colour, of_lines=len(layers))
    log_epoch_axis(axes, int(ratios.index.get_level_values("epoch").max()))


def _in_words(ratio: tuple[tuple[str, str], tuple[str, str]]) -> str:
    (part, group), (other_part, other_group) = ratio
    if part == other_part:
        return f"{part}:\n{group} / {other_group}"
    return f"{group}:\n{part} / {other_part}"
