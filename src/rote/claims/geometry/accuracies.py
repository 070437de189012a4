"""Claims on accuracies during training (Fig. 2A): generalization comes first, memorization after it.

The largest of several accuracies exceeds the last one by construction. So the epoch is chosen on one group of examples
and the accuracy is taken on another: restored accuracy at the epoch that is best on the test set, and test accuracy at
the epoch that is best on the restored examples.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim
from rote.tables.training import best_epoch

PAPER, FIGURE = "geometry", "Fig. 2A"
MARGIN = 0.02  # of accuracies
BEGUN, HALF_FITTED, FITTED = 0.3, 0.5, 0.9

RESTORED_FALLS = Claim(
    "C1.fall",
    PAPER,
    "Networks first classify images with permuted labels by their true labels, and lose this later.",
    "restored accuracy at the epoch of highest test accuracy − at the last epoch",
    FIGURE,
    lower=MARGIN,
    control="the same from the untrained network to the last epoch: without the rise there is no fall",
)
RESTORED_ABOVE_UNTRAINED = Claim(
    "C1.rise",
    PAPER,
    "Networks come to classify images with permuted labels by their true labels.",
    "restored accuracy at the epoch of highest test accuracy − of the untrained network",
    FIGURE,
    lower=MARGIN,
    control="permuted labels in place of the true ones, of the same images at the same epoch",
)
BEFORE_PERMUTED = Claim(
    "C1.before",
    PAPER,
    "They do so before they fit the permuted labels.",
    "permuted accuracy at the epoch of highest test accuracy",
    FIGURE,
    upper=HALF_FITTED,
    control="the last epoch, at which permuted labels are fitted",
)
TEST_FALLS = Claim(
    "C2",
    PAPER,
    "Test accuracy falls while the permuted labels are fitted.",
    "test accuracy at the epoch of highest restored accuracy − at the last epoch",
    FIGURE,
    lower=MARGIN,
    control="unpermuted accuracy of the same epochs",
)
PERMUTED_LATER = Claim(
    "C3",
    PAPER,
    "Permuted labels are fitted later than unpermuted ones.",
    f"first epoch of accuracy {FITTED} on permuted examples − on unpermuted ones",
    FIGURE,
    lower=0,
    unit="epoch",
    control="none: both are labels of the training set",
)
PERMUTED_FAST = Claim(
    "C3.fast",
    PAPER,
    "Once they begin, permuted labels are fitted quickly: within as many epochs as it took them to begin.",
    f"log₂ of (first epoch of permuted accuracy {FITTED} ÷ first of {BEGUN})",
    FIGURE,
    upper=1,
    control="unpermuted labels, which begin early and are fitted over several doublings of the epoch",
)


def on_accuracies(history: pd.DataFrame) -> Iterator[Measured]:
    """Claims C1 to C3.

    Parameters
    ----------
    history : DataFrame
        HISTORY of all runs of an experiment, with ``run``.

    Yields
    ------
    Measured
    """
    accuracy = history.assign(accuracy=1 - history["error"])

    def fall(run: pd.DataFrame) -> float:
        return _at(run, "restored", best_epoch(run)) - _last(run, "restored")

    def rise(run: pd.DataFrame) -> float:
        return _at(run, "restored", best_epoch(run)) - _at(run, "restored", 0)

    yield Measured(
        RESTORED_FALLS,
        of_each_run(accuracy, fall),
        of_each_run(accuracy, lambda run: _at(run, "restored", 0) - _last(run, "restored")),
    )
    yield Measured(
        RESTORED_ABOVE_UNTRAINED,
        of_each_run(accuracy, rise),
        of_each_run(accuracy, lambda run: _at(run, "permuted", best_epoch(run)) - _at(run, "permuted", 0)),
    )
    yield Measured(
        BEFORE_PERMUTED,
        of_each_run(accuracy, lambda run: _at(run, "permuted", best_epoch(run))),
        of_each_run(accuracy, lambda run: _last(run, "permuted")),
    )
    yield Measured(
        TEST_FALLS,
        of_each_run(accuracy, lambda run: _at(run, "test", _best_restored(run)) - _last(run, "test")),
        of_each_run(accuracy, lambda run: _at(run, "unpermuted", _best_restored(run)) - _last(run, "unpermuted")),
    )
    yield Measured(
        PERMUTED_LATER,
        of_each_run(accuracy, lambda run: _first(run, "permuted", FITTED) - _first(run, "unpermuted", FITTED)),
    )
    yield Measured(PERMUTED_FAST, *(of_each_run(accuracy, _doublings(group)) for group in ("permuted", "unpermuted")))


def _curve(run: pd.DataFrame, group: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Epochs in ascending order and accuracies; none where the run has no such group."""
    rows = run[run["subset"] == group].sort_values("epoch")
    return rows["epoch"].to_numpy(np.int64), rows["accuracy"].to_numpy(np.float64)


def _at(run: pd.DataFrame, group: str, epoch: int | None) -> float:
    epochs, accuracies = _curve(run, group)
    found = accuracies[epochs == epoch] if epoch is not None else accuracies[:0]
    return float(found[0]) if len(found) else np.nan


def _last(run: pd.DataFrame, group: str) -> float:
    _, accuracies = _curve(run, group)
    return float(accuracies[-1]) if len(accuracies) else np.nan


def _first(run: pd.DataFrame, group: str, level: float) -> float:
    """First epoch with at least this accuracy."""
    epochs, accuracies = _curve(run, group)
    reached = epochs[accuracies >= level]
    return float(reached[0]) if len(reached) else np.nan


def _best_restored(run: pd.DataFrame) -> int | None:
    epochs, accuracies = _curve(run, "restored")
    return int(epochs[np.argmax(accuracies)]) if len(epochs) else None


def _doublings(group: str) -> Callable[[pd.DataFrame], float]:
    """How often the epoch doubles from the first rise of an accuracy to the fit."""

    def statistic(run: pd.DataFrame) -> float:
        begun, fitted = _first(run, group, BEGUN), _first(run, group, FITTED)
        return float(np.log2(fitted / begun)) if begun > 0 else np.nan

    return statistic
