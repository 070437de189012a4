"""Claims on capacity against the share of random labels, at the first, the middle and the last layer (Fig. A.8).

A slope is the change of a capacity from no random labels to all of them, in its mean, by least squares. All is of the
last epoch. What is compared with no difference is the excess over the capacity without structure.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from rote.claims.intervals import Interval, over_seeds
from rote.claims.measured import Measured
from rote.claims.verdicts import Claim
from rote.tables.layers import first_middle_last
from rote.tables.moments import at_moments

PAPER, FIGURE = "geometry", "Fig. A.8"
MARGIN = 0.2  # of a relative difference of excesses, and of a slope that is called none
APART = 0.1  # logarithm of a ratio that is called a difference
WITHOUT_STRUCTURE = 0.15  # of a ratio to the capacity without structure
FEWEST_SHARES = 2  # of a slope
FIRST, MIDDLE, LAST = 0, 1, 2
NAMES = {FIRST: "first", MIDDLE: "middle", LAST: "last"}
TRUE = ("unpermuted", "restored", "test")  # groups by labels that are no chance


class _Series:
    """Capacities of the runs of one seed: by layer, group and share of random labels."""

    def __init__(self, rows: pd.DataFrame) -> None:
        by = ["place", "group", "shuffled"]
        self._curves = {key: of.set_index("fraction")["capacity"].sort_index() for key, of in rows.groupby(by)}

    def curve(self, layer: int, group: str, shuffled: bool = False) -> "pd.Series[float]":
        """Capacity by share, of those shares at which the group has images."""
        return self._curves.get((layer, group, shuffled), pd.Series(dtype=np.float64)).dropna()

    def slope(self, layer: int, group: str) -> float:
        curve = self.curve(layer, group)
        if len(curve) < FEWEST_SHARES:
            return np.nan
        return float(np.polyfit(curve.index.to_numpy(np.float64), curve, 1)[0] / curve.mean())

    def log_ratio(self, layer: int, one: str, other: str) -> float:
        """Mean over the shares at which both groups have images."""
        return float((self.curve(layer, one) / self.curve(layer, other)).dropna().map(np.log).mean())

    def relative_excess(self, layer: int, one: str, other: str) -> float:
        """Excess of one group over no structure ÷ that of another − 1, both summed over shares that both have."""
        excess = {group: self.curve(layer, group) - self.curve(layer, group, shuffled=True) for group in (one, other)}
        both = pd.DataFrame(excess).dropna()
        return float(both[one].sum() / both[other].sum() - 1) if len(both) else np.nan

    def above_no_structure(self, layer: int, group: str) -> float:
        """Capacity ÷ that without structure − 1, mean over shares."""
        return float((self.curve(layer, group) / self.curve(layer, group, shuffled=True) - 1).dropna().mean())


Statistic = Callable[[_Series], float]


class _Row(NamedTuple):
    claim: Claim
    statistic: Statistic
    control: Statistic | None = None


def _alike(layer: int, group: str) -> _Row:
    claim = Claim(
        f"A.8.{NAMES[layer]}.{group}",
        PAPER,
        f"In the {NAMES[layer]} layer {group} images have the capacity of unpermuted ones, whatever the share of "
        "random labels.",
        f"excess capacity, sum over shares: {group} ÷ unpermuted − 1, {NAMES[layer]} layer",
        FIGURE,
        lower=-MARGIN,
        upper=MARGIN,
        control="permuted images, by their permuted labels",
    )
    return _Row(
        claim,
        lambda series: series.relative_excess(layer, group, "unpermuted"),
        lambda series: series.relative_excess(layer, "permuted", "unpermuted"),
    )


def _without_structure(layer: int) -> _Row:
    claim = Claim(
        f"A.8.{NAMES[layer]}.permuted",
        PAPER,
        f"In the {NAMES[layer]} layer permuted images have no more than the capacity of points without structure.",
        f"permuted images' capacity ÷ that without structure − 1, mean over shares, {NAMES[layer]} layer",
        FIGURE,
        upper=WITHOUT_STRUCTURE,
        control="restored images",
    )
    return _Row(
        claim,
        lambda series: series.above_no_structure(layer, "permuted"),
        lambda series: series.above_no_structure(layer, "restored"),
    )


def _above(group: str) -> _Row:
    claim = Claim(
        f"A.8.last.{group}",
        PAPER,
        f"In the last layer unpermuted images have a higher capacity than {group} ones.",
        f"log (capacity, unpermuted ÷ {group}), mean over shares, last layer",
        FIGURE,
        lower=APART,
        control="the first layer",
    )
    return _Row(
        claim,
        lambda series: series.log_ratio(LAST, "unpermuted", group),
        lambda series: series.log_ratio(FIRST, "unpermuted", group),
    )


def _mean_slope(layer: int) -> Statistic:
    return lambda series: float(np.mean([series.slope(layer, group) for group in TRUE]))


ROWS = (
    _Row(
        Claim(
            "C23",
            PAPER,
            "In the last layer the capacity of test images falls with the share of random labels.",
            "slope of the test images' capacity on the share of random labels ÷ its mean, last layer",
            FIGURE,
            upper=0,
            control="the first layer",
        ),
        lambda series: series.slope(LAST, "test"),
        lambda series: series.slope(FIRST, "test"),
    ),
    *(_alike(layer, group) for layer in (FIRST, MIDDLE) for group in ("restored", "test")),
    *(_without_structure(layer) for layer in (FIRST, MIDDLE)),
    _Row(
        Claim(
            "A.8.first.slope",
            PAPER,
            "In the first layer capacities do not depend on the share of random labels.",
            "slope of capacity on the share of random labels ÷ its mean, mean over unpermuted, restored and test "
            "images, first layer",
            FIGURE,
            lower=-MARGIN,
            upper=MARGIN,
            control="test images in the last layer, whose capacity is claimed to fall",
        ),
        _mean_slope(FIRST),
        lambda series: series.slope(LAST, "test"),
    ),
    _Row(
        Claim(
            "A.8.middle.slope",
            PAPER,
            "In the middle layer capacities fall slightly with the share of random labels.",
            "slope of capacity on the share of random labels ÷ its mean, mean over unpermuted, restored and test "
            "images, middle layer",
            FIGURE,
            upper=0,
            control="the first layer, where it is claimed to stay or to rise slightly",
        ),
        _mean_slope(MIDDLE),
        _mean_slope(FIRST),
    ),
    *(_above(group) for group in ("restored", "test")),
    _Row(
        Claim(
            "A.8.last.permuted",
            PAPER,
            "In the last layer permuted images have more than the capacity of points without structure.",
            "permuted images' capacity ÷ that without structure − 1, mean over shares, last layer",
            FIGURE,
            lower=WITHOUT_STRUCTURE,
            control="the first layer",
        ),
        lambda series: series.above_no_structure(LAST, "permuted"),
        lambda series: series.above_no_structure(FIRST, "permuted"),
    ),
)


def on_label_noise(
    capacities: pd.DataFrame, history: pd.DataFrame, *, fractions: Mapping[str, float], seeds: Mapping[str, int]
) -> Iterator[Measured]:
    """Claim C23 and the other statements on Fig. A.8.

    Parameters
    ----------
    capacities, history : DataFrame
        CAPACITIES and HISTORY of all runs, with ``run``; taps in order of depth.
    fractions : mapping of str to float
        Share of random labels of each run.
    seeds : mapping of str to int
        Seed of each run: runs of a seed make a curve, and intervals are over curves.

    Yields
    ------
    Measured
        Not defined where a seed lacks a group, or has fewer than two shares for a slope.
    """
    rows = at_moments(capacities, history)
    rows = rows[rows["moment"] == "last"]
    place = {tap: number for number, tap in enumerate(first_middle_last(capacities["tap"]))}
    rows = rows.assign(
        place=rows["tap"].astype(str).map(place),
        group=rows["group"].astype(str),
        fraction=rows["run"].map(fractions).astype(np.float64),
        seed=rows["run"].map(seeds),
    ).dropna(subset=["place"])
    series = [_Series(of_seed) for _, of_seed in rows.groupby("seed")]

    def mean(statistic: Statistic) -> Interval:
        return over_seeds([statistic(one) for one in series])

    for claim, statistic, control in ROWS:
        yield Measured(claim, mean(statistic), None if control is None else mean(control))
