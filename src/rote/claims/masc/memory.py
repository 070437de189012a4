"""Claims on what class subspaces say of training images with wrong labels: M3, M4, M8.

On images that a subspace was made of, its accuracy is near 1 for noise too where features are many. So accuracies are
cross-fitted, and excesses over the untrained network.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import kendalltau

from rote.claims.intervals import over_seeds
from rote.claims.masc.paired import Floats, compared
from rote.claims.masc.runs import Run
from rote.claims.measured import Measured
from rote.claims.verdicts import Claim

PAPER = "masc"
RECOVERED = Claim(
    "M3",
    PAPER,
    "Subspaces of the given labels find the true labels of training images.",
    "share of training images with wrong labels whose true label is found, cross-fitted, best layer − the same in the "
    "untrained network",
    "Fig. 2",
    lower=0,
    control="none: the untrained network is subtracted",
)
RECOVERED_INPUT = Claim(
    "M3.input",
    PAPER,
    "They find more of them than subspaces of the images.",
    "share of training images with wrong labels whose true label is found, cross-fitted, best layer − the input",
    "Fig. 2",
    lower=0,
    control="the best layer of the untrained network in place of the trained one's",
)
FITTED = Claim(
    "M4",
    PAPER,
    "Subspaces of late layers hold the wrong labels that the network memorized.",
    "share of training images with wrong labels that are given these, cross-fitted, last layer − the same in the "
    "untrained network",
    "Fig. 2",
    lower=0,
    control="the first layer in place of the last",
)
FITTED_DEPTH = Claim(
    "M4.depth",
    PAPER,
    "The later the layer, the more.",
    "Kendall's τ of depth and that excess over the untrained network",
    "Fig. 2",
    lower=0,
    control="none: a rank correlation has its own",
)
FITTED_PERFECT = Claim(
    "M4.perfect",
    PAPER,
    "Late layers come near perfect accuracy on the given labels.",
    "cross-fitted accuracy on the given labels of training images, last layer",
    "Fig. 2",
    lower=0.95,
    control="the untrained network",
)
FITTED_AT_BEST = Claim(
    "M4.both",
    PAPER,
    "The layer that generalizes best holds memorized labels too.",
    "share of training images with wrong labels that are given these, cross-fitted, layer of the best test accuracy − "
    "the same layer of the untrained network",
    "Fig. 2",
    lower=0,
    control="none: the untrained network is subtracted",
)
REVERSED = Claim(
    "M8",
    PAPER,
    "Subspaces of a network trained on true labels can be made to memorize corrupted ones.",
    "in-sample share of training images with labels redrawn that are given these, mean over layers − the same in the "
    "untrained network",
    "supplement, section 6",
    lower=0,
    control="the same cross-fitted, which no layer can know",
)


def on_memory(runs: Sequence[Run]) -> Iterator[Measured]:
    """Claims M3 and M4 on corrupted labels, M8 where uncorrupted networks have reversed ones.

    Parameters
    ----------
    runs : sequence of Run

    Yields
    ------
    Measured
    """
    if all("reversed" in run.labellings for run in runs):
        yield compared(REVERSED, runs, lambda run: _reversed(run, "all"), lambda run: _reversed(run, "other_folds"))
    if not runs[0].corrupted:
        return
    yield compared(RECOVERED, runs, lambda run: _true(run) - _true(run, untrained=True))
    if all(run.on_input() for run in runs):
        yield compared(
            RECOVERED_INPUT,
            runs,
            lambda run: _true(run) - _true_on_input(run),
            lambda run: _true(run, untrained=True) - _true_on_input(run),
        )
    yield compared(FITTED, runs, lambda run: _excess(run, run.layers[-1]), lambda run: _excess(run, run.layers[0]))
    yield Measured(FITTED_DEPTH, over_seeds([_depth(run) for run in runs]))
    yield compared(
        FITTED_PERFECT,
        runs,
        lambda run: run.on_train(run.subspaces(run.layers[-1]), "given", "other_folds"),
        lambda run: run.on_train(run.subspaces(run.layers[-1], untrained=True), "given", "other_folds"),
    )
    yield compared(FITTED_AT_BEST, runs, lambda run: _excess(run, run.best_layer().tap))


def _true(run: Run, *, untrained: bool = False) -> Floats:
    return run.on_changed(run.best_layer(untrained=untrained), "true", "other_folds")


def _true_on_input(run: Run) -> Floats:
    return run.on_changed(run.subspaces("input"), "true", "other_folds")


def _excess(run: Run, tap: str) -> Floats:
    """Whether wrong labels are given, trained minus untrained network."""
    trained, untrained = (run.subspaces(tap, untrained=of) for of in (False, True))
    return run.on_changed(trained, "given", "other_folds") - run.on_changed(untrained, "given", "other_folds")


def _depth(run: Run) -> float:
    excess = [float(np.nanmean(_excess(run, tap))) for tap in run.layers]
    return float(kendalltau(np.arange(len(excess)), excess).statistic)


def _reversed(run: Run, fitted_on: str) -> Floats:
    def given(tap: str, *, untrained: bool) -> Floats:
        by = run.subspaces(tap, "reversed", untrained=untrained)
        return run.on_changed(by, "reversed", fitted_on, "reversed")

    excess: Floats = np.mean([given(tap, untrained=False) - given(tap, untrained=True) for tap in run.layers], axis=0)
    return excess
