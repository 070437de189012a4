"""What the figures of class-conditional densities share: the rows of a panel, the order of classes, groups' colours.

Their data frames are of one run, gathered by protocol and tap. Protocols stand in the order of their names.
"""

from collections.abc import Sequence
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rote.errors import DataError

GROUP_COLOURS = {"low_density": "C0", "high_density": "C1"}
COLUMNS = 4
NAMED_CLASSES = 20  # more cannot be written beside an axis


def protocols_of(frame: pd.DataFrame) -> list[str]:
    """Protocols that rows are of, in the order of their names."""
    return sorted(frame["protocol"].unique())


def of_panel(frame: pd.DataFrame, protocol: str, tap: str) -> pd.DataFrame:
    """Rows of one protocol and tap.

    Raises
    ------
    DataError
        If there are none.
    """
    rows = frame[(frame["protocol"] == protocol) & (frame["tap"] == tap)]
    if rows.empty:
        raise DataError(f"no row is of {tap} under {protocol}: gather the tables of every protocol and tap to draw")
    return rows


def ordered_densities(class_densities: pd.DataFrame) -> pd.DataFrame:
    """Rows of a panel's CLASS_DENSITIES for all chains together, by rising mean log density, indexed by class."""
    pooled = class_densities[class_densities["chain"].isna()]
    return pooled.set_index("class").sort_values("mean_log_density", kind="stable")


def group_of_class(groups: pd.DataFrame) -> "pd.Series[str]":
    """Group of each class of a panel's GROUPS, indexed by class."""
    return groups.set_index("class")["group"]


def panels_by_tap(
    protocols: Sequence[str], taps: Sequence[str], n_classes: int
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Figure with a panel for every protocol and tap: the protocols of a tap stand below each other on one x axis.

    Parameters
    ----------
    protocols, taps : sequence of str
    n_classes : int
        How many classes stand above each other.

    Returns
    -------
    matplotlib.figure.Figure
    dict
        Axes by protocol and tap.
    """
    columns = min(COLUMNS, len(taps))
    rows = -(-len(taps) // columns) * len(protocols)
    height = min(2.2 + 0.02 * n_classes, 4.2)
    figure, grid = plt.subplots(rows, columns, figsize=(2.9 * columns, height * rows + 0.6), squeeze=False)
    panels: dict[tuple[str, str], Axes] = {}
    for (i, protocol), (j, tap) in product(enumerate(protocols), enumerate(taps)):
        panels[protocol, tap] = grid[j // columns * len(protocols) + i, j % columns]
        panels[protocol, tap].sharex(panels[protocols[0], tap])
    for axes in set(grid.flat) - set(panels.values()):
        axes.remove()
    return figure, panels


def name_classes(axis: Axis, classes: Sequence[int], label: str = "class") -> None:
    """Name the classes along an axis on which they stand at 0, 1, … in this order; of many, give their rank."""
    if len(classes) <= NAMED_CLASSES:
        axis.set_ticks(range(len(classes)), list(map(str, classes)))
        axis.set_label_text(f"{label}, by density")
    else:
        ranks = [max(len(classes) * quarter // 4, 1) for quarter in range(5)]
        axis.set_ticks([rank - 1 for rank in ranks], list(map(str, ranks)))
        axis.set_label_text(f"rank of {label} by density")


def stack_classes(axes: Axes, classes: Sequence[int]) -> None:
    """Let classes stand above each other in this order; the axis is named in the first column of panels alone."""
    name_classes(axes.yaxis, classes)
    axes.set_ylim(-0.7, len(classes) - 0.3)
    place = axes.get_subplotspec()
    if place is not None and not place.is_first_col():
        axes.set_ylabel("")


def group_handles() -> list[Line2D]:
    """Entries of a legend of the two groups."""
    return [
        Line2D([], [], color=colour, marker="o", linestyle="", label=f"{group.replace('_', '-')} classes")
        for group, colour in GROUP_COLOURS.items()
    ]


def words(name: str) -> str:
    """A name of a configuration or a table as a person would write it."""
    return name.replace("_", " ")
