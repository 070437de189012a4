"""Accuracy of stitched networks against the share of random labels, with controls (paper 3, Fig. 2)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rote.figures.seeds import draw_mean_at, over_runs
from rote.figures.style import PALETTE, house_style

Floats = NDArray[np.float64]
MEASURED, SECOND, RANDOM_FRONT, OWN_FRONT, RANDOM_TAIL = 0, 2, 1, 4, 3  # colours of the palette
# By direction: what a line is, by the roles of front and tail, its colour and its label.
LINES = {
    "noisy front, clean tail": {
        ("noisy", "clean"): (MEASURED, "noisy → clean, clean → noisy"),
        ("second_clean", "clean"): (SECOND, "control: second clean network → clean"),
        ("untrained", "clean"): (RANDOM_FRONT, "control: random front"),
        ("self", "clean"): (OWN_FRONT, "control: the tail's own front, stitch trained"),
    },
    "clean front, noisy tail": {
        ("clean", "noisy"): (MEASURED, "noisy → clean, clean → noisy"),
        ("untrained", "noisy"): (RANDOM_FRONT, "control: random front"),
        ("self", "noisy"): (OWN_FRONT, "control: the tail's own front, stitch trained"),
        ("clean", "untrained"): (RANDOM_TAIL, "control: clean → random tail"),
    },
}


@house_style
def plot_stitches(stitches: pd.DataFrame, *, title: str) -> Figure:
    """A panel for each direction and cut: accuracy against the share of random labels.

    Lines are means over repetitions with their 95 % interval; thin ones are of the map of least squares alone. Controls
    that know of no noise lie flat.

    Parameters
    ----------
    stitches : DataFrame
        STITCHES of all tails of an experiment, with ``repetition``; cuts in order of depth.
    title : str
        Title of the experiment.
    """
    rows = stitches.astype(dict.fromkeys(("front_role", "tail_role", "cut", "repetition"), str))
    noisy = rows[rows["front_role"].eq("noisy") | rows["tail_role"].eq("noisy")]
    wrong = noisy.groupby("noise")["wrong_labels"].mean()
    shares = wrong.index.to_numpy(np.float64)
    labels = [f"{100 * share:g} % ({100 * of:.2g} %)" for share, of in zip(shares, wrong, strict=True)]
    cuts = list(dict.fromkeys(rows["cut"]))
    size = (2.5 * len(cuts) + 1, 6.2)
    figure, grid = plt.subplots(len(LINES), len(cuts), figsize=size, sharex=True, sharey=True, squeeze=False)
    for of_direction, (direction, lines) in zip(grid, LINES.items(), strict=True):
        for axes, cut in zip(of_direction, cuts, strict=True):
            of_cut = rows[rows["cut"] == cut]
            _draw(axes, of_cut, lines, shares)
            axes.set_title(f"{direction}, {cut.replace('_', ' ')}", fontsize="small")
        of_direction[0].set_ylabel("test accuracy")
    for axes in grid[-1]:
        axes.set_xlabel("random labels (wrong ones)")
        axes.set_xticks(shares, labels)
        axes.tick_params(axis="x", labelrotation=45, labelsize="x-small")
    named = {label: line for axes in grid.flat for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    named["thin: least squares alone"] = Line2D([], [], color="0.4", linewidth=0.7)
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=3, fontsize="small")
    first = rows.iloc[0]
    figure.suptitle(f"{title}\n{first['style']}, {first['steps']} steps, start: {_starts(rows)}")
    return figure


def _starts(rows: pd.DataFrame) -> str:
    """Where stitches start, other than those of a network to itself."""
    return ", ".join(dict.fromkeys(rows.loc[rows["front_role"] != "self", "start"].astype(str)))


def _draw(axes: Axes, rows: pd.DataFrame, lines: dict[tuple[str, str], tuple[int, str]], shares: Floats) -> None:
    """Lines of one cut in one direction, and the networks as they are."""
    palette = sns.color_palette(PALETTE)
    position = shares if len(shares) > 1 else np.array([shares[0] - 0.05, shares[0] + 0.05])
    for tail, colour, style in (("clean", "black", ":"), ("noisy", "cyan", "--")):
        of_tail = rows[rows["tail_role"] == tail].drop_duplicates(["repetition", "tail"])
        _line(axes, of_tail, "tail_accuracy", position, colour, f"{tail} network as it is", linestyle=style)
    for (front, tail), (number, label) in lines.items():
        of_line = rows[(rows["front_role"] == front) & (rows["tail_role"] == tail)]
        marker = "o" if number == MEASURED else ""
        _line(axes, of_line, "accuracy", position, palette[number], label, marker=marker)
        _line(axes, of_line, "least_squares_accuracy", position, palette[number], None, linewidth=0.7)
    axes.set_ylim(0, 1.02)


def _line(
    axes: Axes, rows: pd.DataFrame, value: str, position: Floats, colour: object, label: str | None, **line: object
) -> None:
    """A line against the share of random labels; what has no noise lies flat."""
    if not len(rows):
        return
    of_shares = {share: of.set_index("repetition")[value] for share, of in rows.groupby("noise")}
    shares = [*of_shares]
    interval = over_runs(rows["repetition"].nunique(), int(rows["examples"].iloc[0]))
    values = [of.to_numpy(np.float64) for of in of_shares.values()]
    if len(shares) == 1:
        shares, values = [*position], values * len(position)
    draw_mean_at(axes, np.array(shares), values, colour, label, interval, of_lines=8, **line)
