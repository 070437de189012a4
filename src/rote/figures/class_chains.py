"""Where each Markov chain puts the classes: chains that stay in different modes give a class different densities."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rote import tables
from rote.figures.class_panels import (
    PerPanel,
    by_class,
    ordered_densities,
    panels_by_tap,
    protocols_and_taps,
    stack_classes,
    words,
)
from rote.figures.style import save, styled
from rote.tables.density import CLASS_DENSITIES

MARKERS = "os^Dv<>P"  # of chains


def plot_class_chains(class_densities: PerPanel, *paths: Path, title: str) -> None:
    """Mean log density of every class in each chain, filled where it is pooled, classes sorted by the pooled one.

    Parameters
    ----------
    class_densities : mapping of (str, str) to Path
        CLASS_DENSITIES tables of a run, by protocol and tap, with the pooled chains in their provenance.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
        Title of the run.
    """
    protocols, taps = protocols_and_taps(class_densities)
    with styled():
        n_classes = max(len(ordered_densities(path)) for path in class_densities.values())
        figure, panels = panels_by_tap(protocols, taps, n_classes)
        n_chains = 0
        for (protocol, tap), axes in panels.items():
            path = class_densities[protocol, tap]
            chains = chain_densities(path)
            n_chains = max(n_chains, chains["chain"].nunique())
            _draw_chains(axes, chains, ordered_densities(path).index.tolist())
            left_out = chains.loc[~chains["pooled"]].index.nunique()
            axes.set_title(
                f"{words(tap)}, {protocol}\nleft out in {left_out} of {n_classes} classes",
                fontsize="small",
            )
            if protocol == protocols[-1]:
                axes.set_xlabel("mean log density (nat)")
        figure.legend(
            handles=_handles(n_chains), loc="outside lower center", ncols=min(n_chains + 1, 5), fontsize="small"
        )
        figure.suptitle(title)
        save(figure, *paths)


def chain_densities(class_densities: Path) -> pd.DataFrame:
    """Rows of a CLASS_DENSITIES table for each chain, and whether it is ``pooled``, indexed by class."""
    table = by_class(class_densities, CLASS_DENSITIES)
    chains = table[table["chain"].notna()].astype({"chain": int})
    pooled = tables.provenance(class_densities)["pooled_chains"]
    return chains.assign(pooled=[chain in pooled[str(label)] for label, chain in chains["chain"].items()])


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
