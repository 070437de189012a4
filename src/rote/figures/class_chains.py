"""Where each Markov chain puts the classes: chains that stay in different modes give a class different densities."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rote.figures.class_panels import (
    of_panel,
    ordered_densities,
    panels_by_tap,
    protocols_of,
    stack_classes,
    words,
)
from rote.figures.style import house_style

MARKERS = "os^Dv<>P"  # of chains


@house_style
def plot_class_chains(class_densities: pd.DataFrame, *, taps: Sequence[str], title: str) -> Figure:
    """Mean log density of every class in each chain, filled where it is pooled, classes sorted by the pooled one.

    Parameters
    ----------
    class_densities : DataFrame
        CLASS_DENSITIES of a run, with ``protocol``, ``tap`` and ``pooled_chains``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.

    Raises
    ------
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(class_densities)
    densities = {panel: of_panel(class_densities, *panel) for panel in product(protocols, taps)}
    n_classes = max(len(ordered_densities(rows)) for rows in densities.values())
    figure, panels = panels_by_tap(protocols, taps, n_classes)
    n_chains = 0
    for (protocol, tap), axes in panels.items():
        rows = densities[protocol, tap]
        chains = chain_densities(rows)
        n_chains = max(n_chains, chains["chain"].nunique())
        _draw_chains(axes, chains, ordered_densities(rows).index.tolist())
        left_out = chains.loc[~chains["pooled"]].index.nunique()
        axes.set_title(
            f"{words(tap)}, {protocol}\nleft out in {left_out} of {n_classes} classes",
            fontsize="small",
        )
        if protocol == protocols[-1]:
            axes.set_xlabel("mean log density (nat)")
    figure.legend(handles=_handles(n_chains), loc="outside lower center", ncols=min(n_chains + 1, 5), fontsize="small")
    figure.suptitle(title)
    return figure


def chain_densities(class_densities: pd.DataFrame) -> pd.DataFrame:
    """Rows of a panel's CLASS_DENSITIES for each chain, and whether it is ``pooled``, indexed by class.

    ``pooled_chains`` has the numbers of the pooled chains by class, the class as text.
    """
    chains = class_densities[class_densities["chain"].notna()].astype({"chain": int}).set_index("class")
    said = zip(chains.index, chains["chain"], chains["pooled_chains"], strict=True)
    return chains.assign(pooled=[chain in pooled[str(label)] for label, chain, pooled in said])


def _draw_chains(axes: Axes, chains: pd.DataFrame, classes: list[int]) -> None:
    place = pd.Series(np.arange(len(classes)), index=classes)
    size = 22 if len(classes) <= 20 else 10
    for chain, rows in chains.groupby("chain"):
        colour, marker = _look(int(str(chain)))
        faces = np.where(rows["pooled"], colour, "none")
        axes.scatter(
            rows["mean_log_density"],
            place[rows.index],
            s=size,
            marker=marker,
            facecolors=faces.tolist(),
            edgecolors=colour,
            linewidth=0.8,
        )
    stack_classes(axes, classes)


def _look(chain: int) -> tuple[str, str]:
    return f"C{(chain + 2) % 10}", MARKERS[chain % len(MARKERS)]


def _handles(n_chains: int) -> list[Line2D]:
    looks = [(f"chain {chain}", *_look(chain)) for chain in range(n_chains)]
    handles = [Line2D([], [], color=colour, marker=marker, linestyle="", label=name) for name, colour, marker in looks]
    return [*handles, Line2D([], [], color="0.4", marker="o", linestyle="", markerfacecolor="none", label="left out")]
