"""Memorization scores: how they are distributed, the examples at both ends, and how fast they settle."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.figures.style import house_style

COLUMNS = 10  # pictures in a row
KINDS = ("most memorized", "typical")
BINS = [step / 40 for step in range(-20, 41)]


@house_style
def plot_scores(scores: pd.DataFrame, labels: pd.DataFrame, corruption: pd.DataFrame, *, title: str) -> Figure:
    """Histogram of memorization scores, examples with corrupted labels apart.

    Parameters
    ----------
    scores, labels, corruption : DataFrame
        SCORES, LABELS and CORRUPTION of an estimate.
    title : str
    """
    table = _scored(scores, labels)
    found = corruption.fillna({"standard_error": 0.0}).iloc[0]
    words = title
    if pd.notna(found["area_under_curve"]):
        error = found["standard_error"]
        words += f"\narea under the curve, corrupted against correct: {found['area_under_curve']:.3f} ± {error:.3f}"
    kinds = {"correct label": table[~table["corrupted"]], "corrupted label": table[table["corrupted"]]}
    figure, axes = plt.subplots(figsize=(5.5, 3.6))
    for kind, rows in kinds.items():
        if len(rows):
            label = f"{kind}: {len(rows):,}, mean {rows['score'].mean():.2f}"
            axes.hist(rows["score"].clip(BINS[0], BINS[-1]), BINS, histtype="stepfilled", alpha=0.6, label=label)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlim(min(-0.05, float(table["score"].min())), 1)
    axes.set_xlabel("memorization score")
    axes.set_ylabel("examples")
    axes.set_title(words, fontsize="medium")
    axes.legend()
    return figure


def examples_at_both_ends(scores: pd.DataFrame, labels: pd.DataFrame, number: int = 2 * COLUMNS) -> pd.DataFrame:
    """The most memorized examples, and typical ones: those whose score is nearest to 0, certain ones first.

    Parameters
    ----------
    scores, labels : DataFrame
        SCORES and LABELS of an estimate.
    number : int
        Of examples of each kind, where there are as many.

    Returns
    -------
    DataFrame
        Columns of both and ``kind``, one of `KINDS`, indexed by example.
    """
    table = _scored(scores, labels)
    table["distance"] = table["score"].abs() + table["standard_error"].fillna(1.0)
    chosen = table.nlargest(number, "score"), table.nsmallest(number, "distance")
    return pd.concat([rows.assign(kind=kind) for kind, rows in zip(KINDS, chosen, strict=True)])


@house_style
def plot_examples(examples: pd.DataFrame, pictures: Mapping[int, NDArray[np.uint8]], *, title: str) -> Figure:
    """Examples of each kind as pictures, with their scores and labels.

    Parameters
    ----------
    examples : DataFrame
        See `examples_at_both_ends`.
    pictures : mapping of int to ndarray
        Image of each of these examples, uint8 (H, W, C).
    title : str
    """
    kinds = {kind: examples[examples["kind"] == kind] for kind in KINDS}
    rows = max(1, *(-(-len(chosen) // COLUMNS) for chosen in kinds.values()))
    figure = plt.figure(figsize=(COLUMNS * 0.85, rows * 2 * 1.25 + 0.6))
    figure.suptitle(title)
    parts = np.atleast_1d(np.asarray(figure.subfigures(len(kinds), 1)))
    for part, (kind, chosen) in zip(parts, kinds.items(), strict=True):
        part.suptitle(kind, fontsize="medium")
        grid = np.atleast_1d(part.subplots(rows, COLUMNS)).ravel()
        for axes in grid:
            axes.set_axis_off()
        for axes, example, (_, row) in zip(grid, chosen.index.tolist(), chosen.iterrows(), strict=False):
            _draw_picture(axes, pictures[example], row)
    return figure


@house_style
def plot_convergence(convergence: pd.DataFrame, precisions: pd.DataFrame, *, title: str) -> Figure:
    """Correlation with the scores of other trials, and error, against the number of trials, as measured and predicted.

    Below the title stands how many trials each wanted precision takes.

    Parameters
    ----------
    convergence, precisions : DataFrame
        CONVERGENCE and PRECISIONS of an estimate.
    title : str
    """
    names = {"all_trials": "all trials", "independent_half": "an independent half"}
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    for colour, reference in zip(sns.color_palette(), convergence["reference"].unique(), strict=False):
        rows = convergence[convergence["reference"] == reference]
        left.plot(rows["trials"], rows["pearson"], "o", color=colour, label=f"with {names[reference]}")
        left.plot(rows["trials"], rows["predicted_pearson"], "--", color=colour)
        rows = rows[rows["difference"] > 0]  # all trials do not differ from themselves
        right.plot(rows["trials"], rows["difference"], "o", color=colour, label=f"difference from {names[reference]}")
        right.plot(rows["trials"], rows["predicted_difference"], "--", color=colour)
    whole = convergence[convergence["reference"] == convergence["reference"].iloc[0]]
    right.plot(whole["trials"], whole["typical_error"], "s", color="0.3", label="typical standard error")
    right.plot(whole["trials"], whole["predicted_error"], "--", color="0.3")
    left.set_ylabel("correlation of scores")
    right.set_ylabel("root mean square, score")
    right.set_yscale("log")
    for axes in (left, right):
        axes.set_xlabel("trials")
        axes.set_xscale("log", base=2)
        axes.set_xticks(whole["trials"], [f"{number:,}" for number in whole["trials"]])
        axes.legend(title="dashed: predicted", fontsize="small", title_fontsize="small")
    needed = zip(precisions["trials_needed"], precisions["wanted_error"], strict=True)
    words = ", ".join(f"{trials:,} for {error:g}" for trials, error in needed)
    figure.suptitle(f"{title}\ntrials that a typical standard error takes: {words}")
    return figure


def _scored(scores: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Examples that have a score, indexed by example, with both labels and whether they differ."""
    joined = scores.set_index("example").join(labels.set_index("example")).dropna(subset=["score"])
    return joined.assign(corrupted=joined["train_label"] != joined["true_label"])


def _draw_picture(axes: Axes, picture: NDArray[np.uint8], row: "pd.Series[float]") -> None:
    axes.imshow(picture.squeeze(axis=-1) if picture.shape[-1] == 1 else picture, cmap="gray_r", interpolation="nearest")
    label = f"{int(row['train_label'])}" + (f" (is {int(row['true_label'])})" if row["corrupted"] else "")
    axes.set_title(f"{row['score']:.2f} ± {row['standard_error']:.2f}\n{label}", fontsize=6, pad=2)
