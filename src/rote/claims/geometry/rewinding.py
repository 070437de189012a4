"""Claims on networks with a layer set back to an earlier epoch (Figs 4A, 4B, A.9 to A.11).

The epoch at which a set-back network does best is chosen on the restored examples, and its accuracy is taken on the
test set: the best of many is too good on the examples that it was chosen on.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import kendalltau

from rote.claims.intervals import Interval
from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim
from rote.tables.training import best_epoch

PAPER, FIGURE = "geometry", "Fig. 4B"
LEAST_DROP = 0.05  # of test accuracy from the best to the last epoch: with less there is nothing to recover
STABLE = 0.01  # of training accuracy
READOUT = "fully_connected"  # no layer of a representation

LAST_RECOVERS = Claim(
    "C13",
    PAPER,
    "Setting back the last of the layers alone recovers more than nine tenths of the early-stopped test accuracy.",
    "test accuracy with the last layer set back to the epoch of highest restored accuracy ÷ test accuracy at the best "
    "epoch; not defined where test accuracy falls by less than 0.05",
    FIGURE,
    lower=0.9,
    control="the first layer set back",
)
DROP = Claim(
    "C13.drop",
    PAPER,
    "Test accuracy falls from the best to the last epoch, so that there is something to recover.",
    "test accuracy at the best epoch − at the last",
    FIGURE,
    lower=LEAST_DROP,
    control="none: the size of what the other rows of C13 to C15 are a share of",
)
SHARE = Claim(
    "C13.share",
    PAPER,
    "The last layer alone recovers most of what test accuracy has lost.",
    "(test accuracy with the last layer set back − at the last epoch) ÷ (at the best epoch − at the last)",
    FIGURE,
    lower=0.5,
    control="the first layer set back",
)
LATE_BEFORE_EARLY = Claim(
    "C14",
    PAPER,
    "Late layers recover more than early ones.",
    "recovered share of test accuracy, mean over the last third of the layers − over the first third",
    FIGURE,
    lower=0,
    control="none: early layers are the control of late ones",
)
EARLY_MONOTONE = Claim(
    "C15.early",
    PAPER,
    "The later the epoch that an early layer is set back to, the nearer is test accuracy to its last value.",
    "root mean square distance of test accuracy from the nearest curve that only rises or only falls with the epoch, "
    "in standard errors of one accuracy, mean over the first third of the layers",
    FIGURE,
    upper=2,
    control="the last third of the layers",
)
LATE_PEAK = Claim(
    "C15.late",
    PAPER,
    "A late layer set back to an earlier epoch, which may be 0, generalises better than at the last one.",
    "test accuracy with a layer set back to the epoch of highest restored accuracy − at the last epoch, mean over the "
    "last third of the layers",
    FIGURE,
    lower=0.02,
    control="the first third of the layers",
)
EARLY_STABLE_LATER = Claim(
    "C16",
    PAPER,
    "Early layers take longer to settle than late ones.",
    "Kendall's τ between depth and the epoch from which on training accuracy stays within 0.01 of its last value",
    "Fig. 4A",
    upper=0,
    control="none: a rank correlation has its own",
)


def on_rewinding(rewinding: pd.DataFrame, history: pd.DataFrame) -> Iterator[Measured]:
    """Claims C13 to C16.

    Parameters
    ----------
    rewinding : DataFrame
        REWINDING of all runs of an experiment, with ``run``, in one treatment of batch norm. The readout is left aside.
    history : DataFrame
        HISTORY of the same runs, with ``run``.

    Yields
    ------
    Measured
    """
    best = {run: _at_best(rows) for run, rows in history.groupby("run", observed=True)}

    def per_run(statistic: Callable[[_Run], float]) -> Callable[[pd.DataFrame], float]:
        return lambda rows: statistic(_Run(rows, best[rows["run"].iloc[0]]))

    def both(claim: Claim, statistic: Callable[[_Run, slice], float], of: slice, control: slice | None) -> Measured:
        def interval(layers: slice) -> Interval:
            return of_each_run(rewinding, per_run(lambda run: statistic(run, layers)))

        return Measured(claim, interval(of), None if control is None else interval(control))

    last, first = slice(-1, None), slice(0, 1)
    yield Measured(DROP, of_each_run(rewinding, per_run(lambda run: run.drop)))
    yield both(LAST_RECOVERS, _Run.ratio, last, first)
    yield both(SHARE, _Run.share, last, first)
    yield Measured(
        LATE_BEFORE_EARLY, of_each_run(rewinding, per_run(lambda run: run.share(run.late) - run.share(run.early)))
    )
    yield Measured(
        EARLY_MONOTONE,
        of_each_run(rewinding, per_run(lambda run: run.misfit(run.early))),
        of_each_run(rewinding, per_run(lambda run: run.misfit(run.late))),
    )
    yield Measured(
        LATE_PEAK,
        of_each_run(rewinding, per_run(lambda run: run.gain(run.late))),
        of_each_run(rewinding, per_run(lambda run: run.gain(run.early))),
    )
    yield Measured(EARLY_STABLE_LATER, of_each_run(rewinding, per_run(_Run.settling)))


class _Run:
    """Accuracies of one run: by group, arrays (layers, epochs)."""

    def __init__(self, rows: pd.DataFrame, best: float) -> None:
        rows = rows[rows["layer"] != READOUT]
        self.best = best
        self.layers = list(dict.fromkeys(rows["layer"]))
        self.epochs = np.unique(rows["epoch"])
        third = max(len(self.layers) // 3, 1)
        self.early, self.late = slice(0, third), slice(-third, None)
        self._rows = rows
        self.test, self.error = self._of("test", "accuracy"), self._of("test", "standard_error")
        self.unchanged = float(rows.loc[rows["group"] == "test", "unchanged_accuracy"].iloc[0])
        self.drop = best - self.unchanged

    def _of(self, group: str, column: str) -> NDArray[np.float64]:
        rows = self._rows[self._rows["group"] == group]
        wide = rows.pivot(index="layer", columns="epoch", values=column)
        return wide.reindex(index=self.layers, columns=self.epochs).to_numpy(np.float64)

    def chosen(self, layers: slice) -> NDArray[np.float64]:
        """Test accuracy of each layer at the epoch that is best on the restored examples."""
        restored = self._of("restored", "accuracy")[layers]
        if np.isnan(restored).any():
            return np.full(len(restored), np.nan)
        return np.take_along_axis(self.test[layers], restored.argmax(axis=1)[:, None], axis=1)[:, 0]

    def ratio(self, layers: slice) -> float:
        return float((self.chosen(layers) / self.best).mean()) if self.drop >= LEAST_DROP else np.nan

    def share(self, layers: slice) -> float:
        return self.gain(layers) / self.drop if self.drop >= LEAST_DROP else np.nan

    def gain(self, layers: slice) -> float:
        return float(self.chosen(layers).mean()) - self.unchanged

    def misfit(self, layers: slice) -> float:
        """How far accuracies are from monotone in the epoch, in standard errors, mean over layers."""
        return float(np.mean([_misfit(*both) for both in zip(self.test[layers], self.error[layers], strict=True)]))

    def settling(self) -> float:
        train = self._of("train", "accuracy")
        away = np.abs(train - train[:, -1:]) > STABLE
        settled = [self.epochs[np.flatnonzero(one)[-1] + 1] if one.any() else self.epochs[0] for one in away]
        return float(kendalltau(np.arange(len(settled)), settled).statistic)


def _misfit(accuracies: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    scale = np.sqrt(np.mean(errors**2))
    distances = [
        np.sqrt(np.mean((accuracies - isotonic_regression(accuracies, increasing=rising).x) ** 2))
        for rising in (True, False)
    ]
    return float(min(distances) / scale) if scale > 0 else np.nan


def _at_best(history: pd.DataFrame) -> float:
    """Test accuracy at the best epoch."""
    on_test = history[(history["subset"] == "test") & (history["epoch"] == best_epoch(history))]
    return float(1 - on_test["error"].iloc[0])
