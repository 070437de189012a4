"""How layers converge, to their own last state and to a clean network's (paper 3, Figs 1 and 3)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.seeds import depth_colours, name_layers
from rote.figures.style import epoch_position, house_style, log_epoch_axis

REFERENCES = {"own": "with the own last epoch", "clean": "with the clean network's last"}
SHOWN = 8  # epochs
ROLES = {"clean": "clean", "second_clean": "second clean (control)"}


@house_style
def plot_convergence(cka: pd.DataFrame, settling: pd.DataFrame, *, estimator: str, title: str) -> Figure:
    """Panels by share of random labels: CKA of layers at several epochs with two references, and when layers settle.

    Parameters
    ----------
    cka, settling : DataFrame
        REFERENCE_CKA and SETTLING of all networks, with ``repetition``, ``into``, ``role`` and ``noise``; taps in order
        of depth. Of the epochs that all networks have, some even in their logarithm are drawn.
    estimator : str
        Of CKA, for the axis.
    title : str
        Title of the experiment.
    """
    cka, settling = (frame.assign(column=_columns(frame), tap=frame["tap"].astype(str)) for frame in (cka, settling))
    columns, taps = (
        list(dict.fromkeys(cka.sort_values("noise", kind="stable")["column"])),
        list(dict.fromkeys(cka["tap"])),
    )
    epochs = _shown(cka)
    size = (2.6 * len(columns) + 1.6, 8)
    figure, grid = plt.subplots(3, len(columns), figsize=size, sharex=True, squeeze=False)
    for place, column in enumerate(columns):
        of_column = cka[cka["column"] == column]
        for axes, (reference, says) in zip(grid[:2, place], REFERENCES.items(), strict=True):
            _draw(axes, of_column[of_column["reference"] == reference], epochs, taps)
            axes.set_title(f"{column}\n{says}", fontsize="small")
        _draw_settling(grid[2, place], settling[settling["column"] == column], taps, int(cka["epoch"].max()))
        grid[2, place].set_title(f"{column}\nsettled", fontsize="small", pad=9)  # above markers at the last epoch
        grid[2, place].set_xticks(range(len(taps)), [tap.replace("_", " ") for tap in taps], rotation=60, ha="right")
    for axes in grid[:, 1:].flat:
        axes.tick_params(labelleft=False)
    for axes in grid[:2, 0]:
        axes.set_ylabel(f"{estimator} CKA")
    grid[2, 0].set_ylabel("epoch")
    name_layers(figure, grid[:2].ravel().tolist(), [f"epoch {epoch}" for epoch in epochs])
    for face, says in ((None, "as CKA says"), ("white", "relative to epoch 0")):
        grid[2, 0].plot([], [], "o", color="C0", markerfacecolor=face, markersize=5, label=says)
    figure.legend(*grid[2, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(title)
    return figure


def _columns(frame: pd.DataFrame) -> list[str]:
    """Title of each row's column: its role, or its share of random labels."""
    return [
        ROLES.get(role, f"{100 * noise:g} % random labels")
        for role, noise in zip(frame["role"], frame["noise"], strict=True)
    ]


def _shown(cka: pd.DataFrame) -> list[int]:
    """Epochs that all networks have, some of them, even in their logarithm."""
    of_networks = [set(rows["epoch"]) for _, rows in cka.groupby(["repetition", "into"], observed=True)]
    common = np.array(sorted(set.intersection(*of_networks)))
    places = np.log(epoch_position(common))
    wanted = np.linspace(places[0], places[-1], SHOWN)
    return list(dict.fromkeys(int(common[np.abs(places - place).argmin()]) for place in wanted))


def _draw(axes: Axes, rows: pd.DataFrame, epochs: list[int], taps: list[str]) -> None:
    """A line over layers for each epoch, mean over repetitions, and the chance level of the last."""
    axes.set_ylim(-0.05, 1.02)
    if not len(rows):
        axes.text(0.5, 0.5, "the reference itself", transform=axes.transAxes, ha="center", fontsize="small")
        return
    means = rows.groupby(["epoch", "tap"])[["cka", "chance"]].mean()
    for epoch, colour in zip(epochs, depth_colours(len(epochs)), strict=True):
        of_epoch = means.loc[epoch].reindex(taps)
        axes.plot(range(len(taps)), of_epoch["cka"], color=colour, linewidth=1.3, marker=".", markersize=4)
    axes.plot(range(len(taps)), of_epoch["chance"], color="0.4", linestyle="--", linewidth=0.9)


def _draw_settling(axes: Axes, rows: pd.DataFrame, taps: list[str], last: int) -> None:
    """When each layer has settled: mean over repetitions, and their range."""
    for name, face, aside in (("settled_epoch", "C0", -0.12), ("relative_settled_epoch", "white", 0.12)):
        of_taps = rows.groupby("tap")[name]
        for place, tap in enumerate(taps):
            epochs = of_taps.get_group(tap).dropna().to_numpy(np.float64) if tap in of_taps.groups else np.empty(0)
            if len(epochs):
                positions = epoch_position(epochs.astype(np.int64))
                axes.plot([place + aside] * 2, [positions.min(), positions.max()], color="C0", linewidth=1)
                mean = np.exp(np.log(positions).mean())
                axes.plot(
                    place + aside, mean, "o", color="C0", markerfacecolor=face, markersize=5, clip_on=False, zorder=3
                )
    log_epoch_axis(axes, last, "y")
    axes.set_ylabel("")
