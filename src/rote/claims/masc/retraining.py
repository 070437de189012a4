"""Claims on networks trained further on labels that their own subspaces give: M6, M7, M10."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from rote.claims.masc.paired import Floats, paired
from rote.claims.masc.runs import Run
from rote.claims.measured import Measured
from rote.claims.verdicts import Claim

PAPER = "masc"
HELPS = Claim(
    "M6",
    PAPER,
    "A memorized network generalizes better after training on labels that its own subspaces give.",
    "test accuracy after − before, stopped by patience; patience and score on different images",
    "Fig. 4, F27",
    lower=0,
    control="as many epochs on the network's own labels",
)
HELPS_TRUE = Claim(
    "M6.true",
    PAPER,
    "So it does on labels by subspaces of the true ones.",
    "test accuracy after − before, stopped by patience",
    "Fig. 4",
    lower=0,
    control="as many epochs on the network's own labels",
)
HELPS_SHORT = Claim(
    "M6.short",
    PAPER,
    "It does so without stopping too.",
    "test accuracy at the tenth epoch, or as configured, − before",
    "Fig. F31",
    lower=0,
    control="the same epoch of training on the network's own labels",
)
FEWER_WRONG = Claim(
    "M7",
    PAPER,
    "Relabelling by subspaces of the given labels leaves fewer wrong labels.",
    "share of wrong labels before − after relabelling by the best layer, in-sample as published",
    "Figs F28-F30, Tables T6-T8",
    lower=0,
    control="relabelling by the best layer of the untrained network",
)
FEWER_WRONG_CROSS_FITTED = Claim(
    "M7.crossed",
    PAPER,
    "So does relabelling each image by subspaces that it is not part of.",
    "share of wrong labels before − after cross-fitted relabelling by the best layer",
    "a variant of ours",
    lower=0,
    control="relabelling by the best layer of the untrained network",
)
NOT_ABOVE = Claim(
    "M10",
    PAPER,
    "The retrained network does not exceed the classifier that relabelled its images, by and large.",
    "test accuracy after training on its labels, stopped by patience − of the classifier itself",
    "Fig. 4",
    upper=0.01,
    control="none: a comparison of two",
)


def on_relabelling(runs: Mapping[str, Run]) -> Iterator[Measured]:
    """Claim M7, of runs with corrupted labels by their names."""
    if not all(run.corrupted for run in runs.values()):
        return
    for claim, fitted_on in ((FEWER_WRONG, "all"), (FEWER_WRONG_CROSS_FITTED, "other_folds")):

        def corrected(run: Run, *, untrained: bool = False, fitted_on: str = fitted_on) -> Floats:
            after = 1 - run.on_train(run.best_layer(untrained=untrained), "true", fitted_on)
            return run.wrong_given() - after

        trained, control = ([corrected(run, untrained=of) for run in runs.values()] for of in (False, True))
        yield Measured(claim, paired(trained), paired(control))


def on_retraining(runs: Mapping[str, Run], retrained: pd.DataFrame) -> Iterator[Measured]:
    """Claims M6 and M10.

    Parameters
    ----------
    runs : mapping of str to Run
    retrained : DataFrame
        RETRAINING of the same runs, with ``run`` and ``retrained``.

    Yields
    ------
    Measured
        M6 of corrupted labels alone.
    """

    def gains(labels: str, reading: str) -> list[Floats]:
        return [
            _at(retrained, name, labels, lambda rows: rows[reading])
            - _at(retrained, name, labels, lambda rows: rows["epoch"] == 0)
            for name in runs
        ]

    known = set(retrained["retrained"])
    if all(run.corrupted for run in runs.values()):
        for claim, labels, reading in (
            (HELPS, "corrupted", "stopped"),
            (HELPS_TRUE, "true", "stopped"),
            (HELPS_SHORT, "corrupted", "short"),
        ):
            if labels in known:
                yield Measured(claim, paired(gains(labels, reading)), paired(gains("own", reading)))
    if "corrupted" in known:
        beyond = [
            _at(retrained, name, "corrupted", lambda rows: rows["stopped"]) - run.scored(run.best_layer())
            for name, run in runs.items()
        ]
        yield Measured(NOT_ABOVE, paired(beyond))


def _at(retrained: pd.DataFrame, run: str, labels: str, which: Callable[[pd.DataFrame], "pd.Series[bool]"]) -> Floats:
    """Whether each image of the scoring part is right at one epoch of a retraining."""
    rows = retrained[(retrained["run"] == run) & (retrained["retrained"] == labels)]
    (correct,) = rows.loc[which(rows), "scoring_correct"]
    return np.asarray(correct, dtype=np.float64)
