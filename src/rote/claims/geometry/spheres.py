"""Claims on networks that are trained on spheres (Fig. A.4)."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim
from rote.tables.geometry import NO_LAYERS
from rote.tables.moments import Moment, at_moments

PAPER, FIGURE = "geometry", "Fig. A.4"
APART = 0.1  # logarithm of a ratio that is called a change
SECOND = 1  # layer, from 0
UNCORRELATED = 0.05

RISES_AFTER_TWO = Claim(
    "C26.after",
    PAPER,
    "On spheres, the capacity of permuted images rises after the second layer, at the last epoch.",
    "log (permuted images' capacity, last ÷ second layer) at the last epoch",
    FIGURE,
    lower=APART,
    control="the best epoch, at which their labels are not memorized",
)
NOT_BEFORE = Claim(
    "C26.before",
    PAPER,
    "It does not rise before.",
    "log (permuted images' capacity, second ÷ first layer) at the last epoch",
    FIGURE,
    upper=APART,
    control="restored images at the best epoch, whose capacity is claimed to rise with depth",
)
TEST_FALLS = Claim(
    "C26.test",
    PAPER,
    "The capacity of test images falls in the last layer while labels are memorized.",
    "log (test images' capacity, last ÷ best epoch), last layer",
    FIGURE,
    upper=-APART,
    control="permuted images",
)
UNCORRELATED_INPUT = Claim(
    "C26.input",
    PAPER,
    "Centres of spheres are not correlated in the images.",
    "test images' centre correlation ρ at the input",
    FIGURE,
    upper=UNCORRELATED,
    control="none: a property of the data, that networks cannot change",
)


def on_spheres(capacities: pd.DataFrame, history: pd.DataFrame) -> Iterator[Measured]:
    """Claim C26.

    Parameters
    ----------
    capacities, history : DataFrame
        CAPACITIES and HISTORY of all runs of an experiment on spheres, with ``run``; taps in order of depth.

    Yields
    ------
    Measured
        Not defined where an epoch, a group or the input was not measured, or where there are fewer than two layers.
    """
    rows = at_moments(capacities[~capacities["shuffled"]], history).astype({"tap": str, "group": str})
    layers = [str(tap) for tap in dict.fromkeys(capacities["tap"]) if tap not in NO_LAYERS]

    def value(run: pd.DataFrame, layer: str, group: str, moment: Moment, quantity: str = "capacity") -> float:
        found = run[(run["tap"] == layer) & (run["group"] == group) & (run["moment"] == moment)][quantity]
        return float(found.iloc[0]) if len(found) else np.nan

    def rise(group: str, moment: Moment, start: int, end: int) -> Callable[[pd.DataFrame], float]:
        def statistic(run: pd.DataFrame) -> float:
            if len(layers) <= max(start, end):
                return np.nan
            return float(np.log(value(run, layers[end], group, moment) / value(run, layers[start], group, moment)))

        return statistic

    def change(group: str) -> Callable[[pd.DataFrame], float]:
        return lambda run: float(np.log(value(run, layers[-1], group, "last") / value(run, layers[-1], group, "best")))

    after, before = (SECOND, len(layers) - 1), (0, SECOND)
    yield Measured(
        RISES_AFTER_TWO,
        *(of_each_run(rows, rise("permuted", moment, *after)) for moment in ("last", "best")),
    )
    yield Measured(
        NOT_BEFORE,
        of_each_run(rows, rise("permuted", "last", *before)),
        of_each_run(rows, rise("restored", "best", *before)),
    )
    yield Measured(TEST_FALLS, *(of_each_run(rows, change(group)) for group in ("test", "permuted")))
    yield Measured(
        UNCORRELATED_INPUT, of_each_run(rows, lambda run: value(run, "input", "test", "last", "center_correlation"))
    )
