"""Number of mixture components of every class over the posterior, and whether the chains agree on it."""

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

AGREED, DISAGREED = ("C2", "o"), ("C3", "X")


@house_style
def plot_component_counts(
    traces: pd.DataFrame,
    diagnostics: pd.DataFrame,
    class_densities: pd.DataFrame,
    *,
    taps: Sequence[str],
    title: str,
    n_discarded: int,
) -> Figure:
    """Mean and 5 to 95 % interval of the number of components of each class, classes sorted by mean log density.

    Parameters
    ----------
    traces, diagnostics, class_densities : DataFrame
        TRACES, DIAGNOSTICS and CLASS_DENSITIES of a run, with ``protocol`` and ``tap``.
    taps : sequence of str
        To draw, in order of depth.
    title : str
        Title of the run.
    n_discarded : int
        Sweeps at the start of every chain that do not count; all later ones do, the thinned ones among them.

    Raises
    ------
    DataError
        If a protocol and tap has no row.
    """
    protocols = protocols_of(traces)
    classes = {panel: ordered_densities(of_panel(class_densities, *panel)).index for panel in product(protocols, taps)}
    n_disagreed = 0
    figure, panels = panels_by_tap(protocols, taps, max(map(len, classes.values())))
    for panel, axes in panels.items():
        counts = component_counts(of_panel(traces, *panel), n_discarded).loc[classes[panel]]
        converged = _converged(of_panel(diagnostics, *panel))[classes[panel]]
        _draw_counts(axes, counts, converged)
        axes.set_title(
            f"{words(panel[1])}, {panel[0]}\nchains disagree: {(~converged).sum()} of {len(converged)} classes",
            fontsize="small",
        )
        n_disagreed += int((~converged).sum())
        if panel[0] == protocols[-1]:
            axes.set_xlabel("number of components")
    figure.legend(handles=_handles(), loc="outside lower center", ncols=2, fontsize="small")
    for axes in panels.values():  # after both protocols of a tap, for they share the axis
        axes.set_xlim(0, None)
    figure.suptitle(f"{title}\n{_verdict(n_disagreed, sum(map(len, classes.values())))}", fontsize="medium")
    return figure


def component_counts(traces: pd.DataFrame, n_discarded: int) -> pd.DataFrame:
    """Mean and 5 and 95 % quantiles (columns ``mean``, ``low``, ``high``) over later sweeps of all chains, by class."""
    kept = traces[traces["sweep"] > n_discarded].groupby("class")["n_components"]
    return pd.DataFrame({"mean": kept.mean(), "low": kept.quantile(0.05), "high": kept.quantile(0.95)})


def _converged(diagnostics: pd.DataFrame) -> "pd.Series[bool]":
    return diagnostics[diagnostics["quantity"] == "n_components"].set_index("class")["converged"]


def _draw_counts(axes: Axes, counts: pd.DataFrame, converged: "pd.Series[bool]") -> None:
    place = np.arange(len(counts))
    size = 20 if len(counts) <= 20 else 9
    for (colour, marker), chosen in ((AGREED, converged.to_numpy()), (DISAGREED, ~converged.to_numpy())):
        of_these = counts[chosen]
        axes.hlines(place[chosen], of_these["low"], of_these["high"], color=colour, linewidth=1)
        axes.scatter(of_these["mean"], place[chosen], s=size, color=colour, marker=marker, linewidth=0, zorder=3)
    stack_classes(axes, counts.index.tolist())


def _handles() -> list[Line2D]:
    labels = ("chains agree (R-hat ≤ 1.1)", "chains disagree (R-hat > 1.1, or undefined)")
    return [
        Line2D([], [], color=colour, marker=marker, label=label)
        for (colour, marker), label in zip((AGREED, DISAGREED), labels, strict=True)
    ]


def _verdict(n_disagreed: int, n: int) -> str:
    if not n_disagreed:
        return "Chains agree on the number of components of every class"
    return (
        f"Chains disagree on {n_disagreed} of {n} counts: where they do, "
        "a count tells where its chains started, not what the posterior holds"
    )
