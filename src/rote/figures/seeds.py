"""What figures of an experiment share: curves over its runs, which differ by seed, and colours of layers by depth."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.binomial import interval as binomial_interval
from rote.claims.intervals import Interval, over_seeds
from rote.figures.style import MAP, epoch_position
from rote.tables.training import best_epoch

Floats = NDArray[np.float64]


def over_examples(accuracy: Floats, *, n_examples: int) -> Interval:
    """Clopper-Pearson interval of the accuracy of one run alone, shape (1,), float64."""
    low, high = binomial_interval(np.round(accuracy[0] * n_examples), n_examples)
    return Interval(float(accuracy[0]), float(low), float(high), n_examples, unit="examples")


def over_runs(n_runs: int, n_examples: int) -> Callable[[Floats], Interval]:
    """Interval of accuracies (runs,): over runs, or of one run alone over its examples."""
    return over_seeds if n_runs > 1 else partial(over_examples, n_examples=n_examples)


def early_stopped_accuracy(history: pd.DataFrame) -> float:
    """Test accuracy at each run's best epoch, mean over runs.

    Parameters
    ----------
    history : DataFrame
        HISTORY of all runs, with ``run``.
    """
    of_runs = []
    for _, of_run in history[history["subset"] == "test"].groupby("run", observed=True):
        of_runs.append(1 - of_run.set_index("epoch")["error"][best_epoch(of_run)])
    return float(np.mean(of_runs))


def at_common_epochs(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows at the epochs that every run has: a mean over other runs at each epoch would jump between them.

    Parameters
    ----------
    frame : DataFrame
        With ``run`` and ``epoch``.
    """
    epochs = set.intersection(*(set(of_run["epoch"]) for _, of_run in frame.groupby("run", observed=True)))
    return frame[frame["epoch"].isin(epochs)]


def draw_mean(
    axes: Axes,
    epochs: NDArray[np.int64],
    values: Floats,
    colour: object,
    label: str | None = None,
    interval: Callable[[Floats], Interval] = over_seeds,
    of_lines: int = 1,
) -> None:
    """A line of means over runs against epoch, with a band of their 95 % interval, which one run alone has not.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    epochs : ndarray, shape (E,), int64
    values : ndarray, shape (E, runs), float64
        A NaN leaves a gap at its epoch.
    colour
    label : str, optional
    interval : callable
        Of the values (runs,) of an epoch; Student's t by default.
    of_lines : int
        How many such lines the panel has: bands of many are fainter, so that lines are seen through them.
    """
    draw_mean_at(axes, epoch_position(epochs), values, colour, label, interval, of_lines)


def draw_mean_at(
    axes: Axes,
    position: Floats | NDArray[np.int64],
    values: Sequence[Floats] | Floats,
    colour: object,
    label: str | None = None,
    interval: Callable[[Floats], Interval] = over_seeds,
    of_lines: int = 1,
    **line: Any,
) -> None:
    """The same at any positions.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    position : ndarray, shape (n,)
    values : sequence of n ndarrays, shapes (runs,), float64
        Runs may differ in number.
    colour, label, interval, of_lines
        As in `draw_mean`.
    line
        Options of the line.
    """
    found = [interval(of_position) for of_position in values]
    axes.plot(position, [one.estimate for one in found], color=colour, label=label, **{"linewidth": 1.4, **line})
    low, high = (np.array([getattr(one, end) for one in found]) for end in ("low", "high"))
    axes.fill_between(position, low, high, color=colour, alpha=min(0.2, 1.2 / of_lines), linewidth=0)


def depth_colours(n_layers: int) -> NDArray[np.float64]:
    """Colours of layers by depth, shape (n_layers, 4): dark to light, without what is too light for a line."""
    return colormaps[MAP](np.linspace(0, 0.92, n_layers))


def name_layers(figure: Figure, panels: Sequence[Axes], layers: Sequence[str]) -> None:
    """Bar of the colours of layers by depth, the first on top, beside some panels."""
    n = len(layers)
    scale = ScalarMappable(BoundaryNorm(np.arange(n + 1) - 0.5, n), ListedColormap(depth_colours(n)))
    bar = figure.colorbar(scale, ax=list(panels), ticks=range(n), aspect=30)
    bar.ax.set_yticklabels(layers, fontsize="x-small")
    bar.ax.tick_params(length=0)
    bar.ax.minorticks_off()
    bar.ax.invert_yaxis()
    bar.outline.set_visible(False)
