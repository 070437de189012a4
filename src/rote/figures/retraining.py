"""Memorized networks trained further on labels that their own class subspaces give (paper 4, Figs 4, F27 to F31)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rote.figures.seeds import draw_mean_at, over_runs
from rote.figures.style import house_style

TRAINED_ON = {
    "corrupted": ("C0", "labels by subspaces of the given labels"),
    "true": ("C2", "labels by subspaces of the true labels"),
    "own": ("0.45", "its own labels (control)"),
}
SHARES = ("wrong before", "corrected, of the wrong", "broken, of the right", "wrong after")


@house_style
def plot_retraining(retrained: pd.DataFrame, counts: pd.DataFrame, accuracy: pd.DataFrame, *, title: str) -> Figure:
    """Accuracy against epochs of further training, and shares of labels that relabelling corrects and breaks.

    Parameters
    ----------
    retrained : DataFrame
        RETRAINING of all runs, with ``run`` and ``retrained``, what the network was trained further on.
    counts : DataFrame
        RELABELLING, with the same.
    accuracy : DataFrame
        MASC_ACCURACY of the same runs, with ``run``: of the relabelling classifiers themselves.
    title : str
        Title of the experiment.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.3), width_ratios=[1.4, 1])
    for name, (colour, says) in TRAINED_ON.items():
        own = retrained[retrained["retrained"] == name]
        if len(own):
            _draw(left, own, colour, says)
        used = counts[(counts["retrained"] == name) & counts["used"]]
        if len(used):
            left.axhline(_of_classifier(used, accuracy), color=colour, linestyle="--", linewidth=1.1)
    left.plot([], [], "--", color="0.2", linewidth=1.1, label="the classifier that relabelled")
    left.plot([], [], "D", color="0.2", label="stopped by patience")
    left.set(xlabel="epochs trained further", ylabel="accuracy on the scoring part of the test set", ylim=(0, 1.02))
    _draw_shares(right, counts)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    return figure


def _draw(axes: Axes, own: pd.DataFrame, colour: str, says: str) -> None:
    wide = own.pivot(index="epoch", columns="run", values="scoring_accuracy")
    interval = over_runs(wide.shape[1], len(own["scoring_correct"].iloc[0]))
    draw_mean_at(axes, wide.index.to_numpy(), wide.to_numpy(np.float64), colour, says, interval)
    stopped = own[own["stopped"]]
    axes.plot(stopped["epoch"].mean(), stopped["scoring_accuracy"].mean(), "D", color=colour)


def _of_classifier(used: pd.DataFrame, accuracy: pd.DataFrame) -> float:
    """Scoring accuracy of the classifiers that relabelled, mean over runs."""
    keys = ["run", "tap", "labelling", "components"]
    last = accuracy[accuracy["epoch"] == accuracy.groupby("run")["epoch"].transform("max")]
    rows = last[(last["group"] == "scoring") & (last["fitted_on"] == "all") & (last["method"] == "subspaces")]
    joined = used[keys].astype(str).merge(rows[[*keys, "accuracy"]].astype(dict.fromkeys(keys, str)), on=keys)
    return float(joined["accuracy"].mean())


def _draw_shares(axes: Axes, counts: pd.DataFrame) -> None:
    """Shares of labels, mean over runs, for each labelling in use."""
    used = counts[counts["used"]]
    names = [name for name in TRAINED_ON if name in set(used["retrained"])]
    for place, name in enumerate(names):
        own = used[used["retrained"] == name]
        wrong, right = own["wrong_before"], own["examples"] - own["wrong_before"]
        shares = (
            wrong / own["examples"],
            own["corrected"] / wrong.where(wrong > 0),
            own["broken"] / right.where(right > 0),
            own["wrong_after"] / own["examples"],
        )
        heights = [np.nan if share.isna().all() else share.mean() for share in shares]
        offset = (place - (len(names) - 1) / 2) * 0.38
        axes.bar(np.arange(len(SHARES)) + offset, heights, 0.36, color=TRAINED_ON[name][0])
    axes.set_xticks(range(len(SHARES)), [share.replace(", ", ",\n") for share in SHARES], fontsize="small")
    axes.set(ylabel="share of labels", ylim=(0, 1.02))
