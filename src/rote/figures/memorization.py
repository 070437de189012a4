"""Memorization scores: how they are distributed, the examples at both ends, and how fast they settle."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rote import tables
from rote.figures.style import save, styled
from rote.tables.data import LABELS, images
from rote.tables.memorization import CONVERGENCE, CORRUPTION, PRECISIONS, SCORES

COLUMNS = 10  # pictures in a row
BINS = [step / 40 for step in range(-20, 41)]


def plot_scores(scores: Path, labels: Path, corruption: Path, *paths: Path, title: str) -> None:
    """Histogram of memorization scores, examples with corrupted labels apart.

    Parameters
    ----------
    scores, labels, corruption : Path
        SCORES, LABELS and CORRUPTION tables.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
    """
    table = _scored(scores, labels)
    found = tables.read(corruption, CORRUPTION).to_pylist()[0]
    words = title
    if found["area_under_curve"] is not None:
        error = found["standard_error"] or 0.0
        words += f"\narea under the curve, corrupted against correct: {found['area_under_curve']:.3f} ± {error:.3f}"
    kinds = {"correct label": table[~table["corrupted"]], "corrupted label": table[table["corrupted"]]}
    with styled():
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
        save(figure, *paths)


def plot_examples(scores: Path, labels: Path, train: Path, *paths: Path, title: str, rows: int = 2) -> None:
    """The most memorized examples, beside typical ones: those whose score is nearest to 0, certain ones first.

    Parameters
    ----------
    scores, labels, train : Path
        SCORES and LABELS tables, and the table of training images.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
    rows : int
        Rows of ten pictures of each kind.
    """
    table = _scored(scores, labels)
    number = rows * COLUMNS
    typical = table.assign(distance=table["score"].abs() + table["standard_error"].fillna(1.0))
    kinds = {
        "most memorized": table.nlargest(number, "score"),
        "typical": typical.nsmallest(number, "distance"),
    }
    with styled():
        figure = plt.figure(figsize=(COLUMNS * 0.85, rows * 2 * 1.25 + 0.6))
        figure.suptitle(title)
        parts = np.atleast_1d(np.asarray(figure.subfigures(2, 1)))
        for part, (kind, chosen) in zip(parts, kinds.items(), strict=True):
            part.suptitle(kind, fontsize="medium")
            pictures = _pictures(train, chosen.index.to_numpy())
            grid = np.atleast_1d(part.subplots(rows, COLUMNS)).ravel()
            for axes in grid:
                axes.set_axis_off()
            for axes, picture, (_, row) in zip(grid, pictures, chosen.iterrows(), strict=False):
                _draw_picture(axes, picture, row)
        save(figure, *paths)


def plot_convergence(convergence: Path, precisions: Path, *paths: Path, title: str) -> None:
    """Correlation with the scores of other trials, and error, against the number of trials, as measured and predicted.

    Below the title stands how many trials each wanted precision takes.

    Parameters
    ----------
    convergence, precisions : Path
        CONVERGENCE and PRECISIONS tables.
    paths : Path
        Files to draw, ``.png`` and ``.svg``.
    title : str
    """
    table: pd.DataFrame = tables.read(convergence, CONVERGENCE).to_pandas()
    names = {"all_trials": "all trials", "independent_half": "an independent half"}
    with styled():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
        for colour, reference in zip(sns.color_palette(), table["reference"].unique(), strict=False):
            rows = table[table["reference"] == reference]
            left.plot(rows["trials"], rows["pearson"], "o", color=colour, label=f"with {names[reference]}")
            left.plot(rows["trials"], rows["predicted_pearson"], "--", color=colour)
            rows = rows[rows["difference"] > 0]  # all trials do not differ from themselves
            right.plot(
                rows["trials"], rows["difference"], "o", color=colour, label=f"difference from {names[reference]}"
            )
            right.plot(rows["trials"], rows["predicted_difference"], "--", color=colour)
        whole = table[table["reference"] == table["reference"].iloc[0]]
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
        needed = tables.read(precisions, PRECISIONS).to_pylist()
        words = ", ".join(f"{row['trials_needed']:,} for {row['wanted_error']:g}" for row in needed)
        figure.suptitle(f"{title}\ntrials that a typical standard error takes: {words}")
        save(figure, *paths)


def _scored(scores: Path, labels: Path) -> pd.DataFrame:
    """Examples that have a score, indexed by example, with both labels and whether they differ."""
    table: pd.DataFrame = tables.read(scores, SCORES).to_pandas().set_index("example")
    given: pd.DataFrame = tables.read(labels, LABELS).to_pandas().set_index("example")
    joined = table.join(given).dropna(subset=["score"])
    return joined.assign(corrupted=joined["train_label"] != joined["true_label"])


def _pictures(train: Path, examples: Sequence[int] | NDArray[np.int_]) -> list[NDArray[np.uint8]]:
    """Images of these examples, each (H, W) or (H, W, 3), in their order."""
    height, width, channels = shape = tuple(tables.provenance(train)["dataset"]["shape"])
    found: dict[int, NDArray[np.uint8]] = {}
    for batch in tables.iterate(train, images(shape), ["example", "image"]):
        wanted = batch.filter(np.isin(np.asarray(batch["example"]), examples))
        for example, image in zip(wanted["example"].to_pylist(), wanted["image"].to_pylist(), strict=True):
            found[example] = np.frombuffer(image, np.uint8).reshape(height, width, channels)
    return [found[int(example)].squeeze(axis=-1) if channels == 1 else found[int(example)] for example in examples]


def _draw_picture(axes: Axes, picture: NDArray[np.uint8], row: "pd.Series[float]") -> None:
    axes.imshow(picture, cmap="gray_r", interpolation="nearest")
    label = f"{int(row['train_label'])}" + (f" (is {int(row['true_label'])})" if row["corrupted"] else "")
    axes.set_title(f"{row['score']:.2f} ± {row['standard_error']:.2f}\n{label}", fontsize=6, pad=2)
