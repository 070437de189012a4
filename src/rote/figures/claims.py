"""Claims of a paper with what was measured and the verdict on each, as a picture that is read like a table."""

import textwrap
from collections.abc import Hashable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rote.figures.style import PALETTE, house_style

MARKS = {"agrees": "o", "undecided": "D", "disagrees": "X"}
COLOURS = dict(zip(MARKS, (2, 7, 3), strict=True))  # of the palette: green, grey, vermilion; marks differ too
WIDTH = 62  # characters of a statement's line
OWN = ("estimate", "low", "high")
CONTROL = ("control_estimate", "control_low", "control_high")
Row = dict[Hashable, Any]


@house_style
def plot_claims(claims: pd.DataFrame, *, title: str) -> Figure:
    """A row for each claim: what the paper says, the interval beside the claimed region and the control, the verdict.

    Each row has a scale of its own, from the ends of what it shows: rows differ in unit.

    Parameters
    ----------
    claims : DataFrame
        CLAIMS, in the order to draw.
    title : str
    """
    rows: list[Row] = claims.to_dict("records")
    statements = [textwrap.wrap(f"{row['claim']}  {row['statement']}", WIDTH) for row in rows]
    heights = [max(len(lines), 2) for lines in statements]
    figure, grid = plt.subplots(
        len(rows),
        3,
        figsize=(10, 0.21 * sum(heights) + 1.1),
        height_ratios=heights,
        width_ratios=[5.2, 4, 2],
        squeeze=False,
    )
    colours = sns.color_palette(PALETTE)
    for (left, axes, right), lines, row in zip(grid, statements, rows, strict=True):
        _write(left, "\n".join(lines))
        _draw_row(axes, row, colours[COLOURS[row["verdict"]]])
        _write(right, _numbers(row))
    handles: list[Artist] = [
        Line2D([], [], marker=mark, color=colours[COLOURS[verdict]], linestyle="none", label=verdict)
        for verdict, mark in MARKS.items()
    ]
    handles += [
        Line2D([], [], marker="|", color="0.5", linestyle="-", label="control"),
        Patch(color="0.9", label="claimed region"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize="small")
    figure.suptitle(title)
    return figure


def _write(axes: Axes, words: str) -> None:
    axes.set_axis_off()
    axes.text(0, 0.5, words, transform=axes.transAxes, va="center", fontsize="x-small")


def _draw_row(axes: Axes, row: Row, colour: object) -> None:
    own, control = ([row[name] for name in names] for names in (OWN, CONTROL))
    lower, upper = row["lower"], row["upper"]
    shown = np.array([*own, *control, lower, upper])
    shown = shown[np.isfinite(shown)]
    low, high = shown.min(), shown.max()  # a claim has a bound
    room = 0.1 * (high - low) or max(abs(high), 1.0)
    left, right = low - room, high + room
    axes.set_xlim(left, right)
    axes.set_ylim(-1, 1)
    region = (lower if np.isfinite(lower) else left, upper if np.isfinite(upper) else right)
    axes.axvspan(*region, color="0.9", linewidth=0)
    _draw_interval(axes, 0.35, own, colour, MARKS[row["verdict"]])
    _draw_interval(axes, -0.45, control, "0.5", "|")
    axes.set_yticks([])
    bounds = [bound for bound in (lower, upper) if np.isfinite(bound)]
    axes.set_xticks(bounds, [f"{bound:.3g}".replace("-", "−") for bound in bounds])
    axes.tick_params(labelsize="xx-small", length=2, pad=1)
    axes.spines["left"].set_visible(False)


def _draw_interval(axes: Axes, height: float, ends: list[float], colour: object, mark: str) -> None:
    estimate, low, high = ends
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([low, high], [height, height], color=colour, linewidth=1.4)
    if np.isfinite(estimate):
        axes.plot(estimate, height, mark, color=colour, markersize=5)


def _numbers(row: Row) -> str:
    estimate, low, high = (row[name] for name in OWN)
    if not np.isfinite(estimate):
        return "not defined"
    unit = f" {row['unit']}" if row["unit"] else ""
    ends = f" [{low:.3g}, {high:.3g}]" if np.isfinite(low) else ""
    units = row["units"] if row["n_units"] != 1 else row["units"].removesuffix("s")
    return f"{estimate:.3g}{ends}{unit}\nof {row['n_units']} {units}".replace("-", "−")
