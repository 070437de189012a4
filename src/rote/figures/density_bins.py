"""Log density against memorization and certified robustness, bin by bin: Fig. 3 of Jamroz & Kurdziel."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from rote.figures.certified_accuracy import UNITS, common_certification, describe
from rote.figures.class_panels import GROUP_COLOURS, protocols_of
from rote.figures.style import house_style

COLOUR = "0.15"
DEVIATION, ERROR, TINT = 0.13, 0.35, 0.12  # opacity of the bands, and of the ground under high-density classes
LABELS = (
    "log density\n(nat)",
    "memorization\nscore",
    "fraction of\nexamples",
    "F-score,\nbin held out",
    "certified radius\n({unit})",
    "classification\nrate",
    "F-score,\nsmoothed",
)


@house_style
def plot_density_bins(summaries: pd.DataFrame, certified: pd.DataFrame, *, title: str) -> Figure:
    """Log density, memorization, groups of classes and robustness of every density bin, under each protocol.

    Parameters
    ----------
    summaries, certified : DataFrame
        BIN_SUMMARY and CERTIFIED_BINS of a run, with ``protocol``; the latter with ``certification``. A bin that has no
        row in the latter leaves a gap, and so does a null.
    title : str
        Title of the run.

    Raises
    ------
    ConfigError
        If rows are of different certifications.
    """
    certification = common_certification(certified["certification"])
    protocols = protocols_of(summaries)
    size = (max(3.5 * len(protocols) + 0.8, 6), 1.2 * len(LABELS) + 1.4)
    figure, grid = plt.subplots(len(LABELS), len(protocols), figsize=size, sharex="col", sharey="row", squeeze=False)
    for column, protocol in zip(grid.T, protocols, strict=True):
        summary, robustness = (_by_bin(frame[frame["protocol"] == protocol]) for frame in (summaries, certified))
        robustness = robustness.reindex(summary.index)
        _draw_column(column, summary, robustness)
        column[0].set_title(f"{protocol}\n{_sizes(summary, robustness)}", fontsize="small")
    for axes, label in zip(grid[:, 0], LABELS, strict=True):
        axes.set_ylabel(label.format(unit=UNITS[certification["noise_units"]]), fontsize="small")
    figure.align_ylabels(grid[:, 0])
    figure.legend(handles=_handles(), loc="outside lower center", ncols=2, fontsize="small")
    figure.suptitle(f"{title}\n{describe(certification)}", fontsize="medium")
    return figure


def _by_bin(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("bin").sort_index()


def _sizes(summary: pd.DataFrame, robustness: pd.DataFrame) -> str:
    """How many examples the bins are of."""
    unscored = summary["n_unscored"].sum()
    return (
        f"bins: {len(summary)}; examples of each: {_extent(summary)}, certified: {_extent(robustness)}"
        + f"\nwithout a memorization score: {unscored:,}" * bool(unscored)
    )


def _extent(frame: pd.DataFrame) -> str:
    low, high = (int(end) for end in (frame["n_examples"].min(), frame["n_examples"].max()))
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _draw_column(column: Sequence[Axes], summary: pd.DataFrame, robustness: pd.DataFrame) -> None:
    """The panels of one protocol, on one axis of bins."""
    density, score, shares, f_score, radius, rate, smoothed = column
    for axes in column:
        _tint(axes, summary)
    _draw_mean(density, summary, "mean_log_density", "mean_log_density_error", "log_density_deviation")
    _draw_mean(score, summary, "mean_score", "mean_score_error", "score_deviation")
    _draw_values(shares, summary["low_density_share"], GROUP_COLOURS["low_density"])
    _draw_values(shares, summary["high_density_share"], GROUP_COLOURS["high_density"])
    _draw_mean(f_score, summary, "f_score", "f_score_error")
    _draw_mean(radius, robustness, "mean_radius", "mean_radius_error", "radius_deviation")
    _draw_band(rate, robustness["classification_rate_low"], robustness["classification_rate_high"], ERROR)
    _draw_values(rate, robustness["classification_rate"])
    _draw_mean(smoothed, robustness, "f_score", "f_score_error")
    shares.set_ylim(-0.05, 1.05)
    smoothed.set_xlim(-0.5, len(summary) - 0.5)
    smoothed.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    smoothed.set_xlabel("bin, by rising log density")


def _tint(axes: Axes, summary: pd.DataFrame) -> None:
    """Colour the ground of runs of bins most of whose examples are of high-density classes."""
    inside = summary["high_density_share"].to_numpy() > 0.5
    for start, end in np.flatnonzero(np.diff(inside, prepend=False, append=False)).reshape(-1, 2):
        axes.axvspan(start - 0.5, end - 0.5, color=GROUP_COLOURS["high_density"], alpha=TINT, linewidth=0)


def _draw_mean(axes: Axes, rows: pd.DataFrame, mean: str, error: str, deviation: str | None = None) -> None:
    for spread, opacity in ((deviation, DEVIATION), (error, ERROR)):
        if spread is not None:
            _draw_band(axes, rows[mean] - rows[spread], rows[mean] + rows[spread], opacity)
    _draw_values(axes, rows[mean])


def _draw_band(axes: Axes, low: "pd.Series[float]", high: "pd.Series[float]", opacity: float) -> None:
    """A band as wide as its bins, so that a single bin has one too."""
    edges = np.add.outer(low.index.to_numpy(), [-0.5, 0.5]).ravel()
    axes.fill_between(edges, low.repeat(2), high.repeat(2), color=COLOUR, alpha=opacity, linewidth=0)


def _draw_values(axes: Axes, values: "pd.Series[float]", colour: str = COLOUR) -> None:
    axes.plot(values.index, values, ".-", color=colour, linewidth=0.8, markersize=4)


def _handles() -> list[Artist]:
    return [
        *(
            Line2D([], [], color=colour, marker=".", label=f"{group.replace('_', '-')} classes")
            for group, colour in GROUP_COLOURS.items()
        ),
        Patch(color=COLOUR, alpha=DEVIATION, linewidth=0, label="± standard deviation over examples"),
        Patch(color=COLOUR, alpha=ERROR, linewidth=0, label="± standard error; of a rate the 95 % interval"),
        Patch(color=GROUP_COLOURS["high_density"], alpha=TINT, linewidth=0, label="mostly high-density classes"),
    ]
