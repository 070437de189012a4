"""Claims on capacity, radius and dimension of manifolds (Figs 3, A.5 to A.7).

Layers are taps in order of depth, the images and the logits left aside. Where capacities are compared, what counts is
the excess over the capacity without structure, of the same images dealt out to classes at random: in early layers that
is nearly all of a capacity, and whatever is compared there differs little.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau

from rote.claims.intervals import Interval, over_seeds
from rote.claims.measured import Measured
from rote.claims.verdicts import Claim
from rote.tables.geometry import NO_LAYERS
from rote.tables.training import best_epoch

PAPER = "geometry"
MARGIN = 0.2  # of a relative difference of excesses
LATE = 0.31  # share of the layers: from the 16th row of VGG16 on
ROW_14 = 14 / 18  # as a share of VGG16's depth
APART = 0.1  # relative difference at which two capacities part, and logarithm of a ratio that is called a change

Floats = NDArray[np.float64]


class _Run:
    """What was measured of one run."""

    def __init__(self, rows: pd.DataFrame, best: int) -> None:
        self._rows = rows[~rows["tap"].isin(NO_LAYERS)]
        self._layers = list(dict.fromkeys(self._rows["tap"]))
        self._epochs = {"best": best, "last": int(rows["epoch"].max())}
        n = len(self._layers)
        self.early, self.late = slice(0, max(n // 3, 1)), slice(n - max(round(LATE * n), 1), n)

    def values(self, quantity: str, group: str, epoch: str, shuffled: bool = False) -> Floats:
        """A quantity at every layer, NaN where it was not measured."""
        rows = self._rows[
            (self._rows["group"] == group)
            & (self._rows["epoch"] == self._epochs[epoch])
            & (self._rows["shuffled"] == shuffled)
        ]
        return rows.set_index("tap")[quantity].reindex(self._layers).to_numpy(np.float64)

    def capacity(self, group: str, epoch: str) -> Floats:
        return self.values("capacity", group, epoch)

    def excess(self, group: str, epoch: str, layers: slice) -> float:
        """Mean capacity of some layers above that without structure."""
        without = self.values("capacity", group, epoch, shuffled=True)
        return float((self.capacity(group, epoch) - without)[layers].mean())


Statistic = Callable[[_Run], float]


class _Row(NamedTuple):
    claim: Claim
    statistic: Statistic
    control: Statistic | None = None


def _alike(name: str, one: str, other: str, early: bool) -> _Row:
    where = "the first third of the layers" if early else "all layers"

    def differing(group: str) -> Statistic:
        def statistic(run: _Run) -> float:
            layers = run.early if early else slice(None)
            return run.excess(group, "best", layers) / run.excess(other, "best", layers) - 1

        return statistic

    claim = Claim(
        name,
        PAPER,
        f"At the best epoch {one} images have the capacity of {other} ones in {where}.",
        f"excess capacity, mean over {where}: {one} ÷ {other} − 1",
        "Fig. 3A",
        lower=-MARGIN,
        upper=MARGIN,
        control="permuted images, by their permuted labels",
    )
    return _Row(claim, differing(one), differing("permuted"))


def _with_depth(name: str, quantity: str, words: str, sign: int) -> _Row:
    def trend(group: str) -> Statistic:
        def statistic(run: _Run) -> float:
            values = run.values(quantity, group, "best")
            return sign * float(kendalltau(np.arange(len(values)), values, nan_policy="propagate").statistic)

        return statistic

    claim = Claim(
        name,
        PAPER,
        f"At the best epoch {words} with depth, of restored images too.",
        f"{'−' * (sign < 0)}τ of Kendall between depth and the restored images' {quantity.replace('_', ' ')}",
        "Fig. 3A",
        lower=0,
        control="permuted images",
    )
    return _Row(claim, trend("restored"), trend("permuted"))


def _memorized(name: str, quantity: str, words: str, sign: int) -> _Row:
    def change(layer: int) -> Statistic:
        def statistic(run: _Run) -> float:
            last, best = (run.values(quantity, "permuted", epoch)[layer] for epoch in ("last", "best"))
            return float(sign * np.log(last / best)) if last > 0 and best > 0 else np.nan

        return statistic

    claim = Claim(
        name,
        PAPER,
        f"While labels are memorized, the {words} in the last layer.",
        f"{'−' * (sign < 0)}log (permuted images' {quantity.replace('_', ' ')}, last epoch ÷ best epoch), last layer",
        "Fig. 3B",
        lower=APART,
        control="the first layer",
    )
    return _Row(claim, change(-1), change(0))


def _forgotten(name: str, group: str) -> _Row:
    def change(of: str) -> Statistic:
        return lambda run: float((run.capacity(of, "last") - run.capacity(of, "best"))[run.late].mean())

    claim = Claim(
        name,
        PAPER,
        f"While labels are memorized, the capacity of {group} images falls in late layers.",
        f"{group} images' capacity at the last epoch − at the best, mean over the last 31 % of the layers",
        "Fig. 3B",
        upper=0,
        control="permuted images",
    )
    return _Row(claim, change(group), change("permuted"))


def _unchanged(name: str, group: str) -> _Row:
    def change(of: str, early: bool) -> Statistic:
        def statistic(run: _Run) -> float:
            layers = run.early if early else run.late
            return run.excess(of, "last", layers) / run.excess(of, "best", layers) - 1

        return statistic

    claim = Claim(
        name,
        PAPER,
        f"While labels are memorized, the capacity of {group} images stays in early layers.",
        f"{group} images' excess capacity, mean over the first third of the layers: last epoch ÷ best epoch − 1",
        "Fig. 3B",
        lower=-MARGIN,
        upper=MARGIN,
        control="restored images in the last 31 % of the layers, where it is claimed to fall",
    )
    return _Row(claim, change(group, early=True), change("restored", early=False))


def _above_no_structure(group: str) -> Statistic:
    def statistic(run: _Run) -> float:
        without = run.values("capacity", group, "best", shuffled=True)
        return float((run.capacity(group, "best") / without - 1).max())

    return statistic


def _abruptness(run: _Run) -> float:
    capacity = run.capacity("permuted", "last")
    before = capacity[run.late.start - 1] if run.late.start > 0 else capacity[0]
    rise = capacity[-1] - capacity[0]
    return float((capacity[-1] - before) / rise) if rise > 0 else np.nan


def _parting(run: _Run) -> float:
    """Depth of the first layer, from 0 to 1, from which on the two stay apart; 1 where they never part."""
    unpermuted, restored = (run.capacity(group, "last") for group in ("unpermuted", "restored"))
    if np.isnan(unpermuted + restored).any():
        return np.nan
    together = np.flatnonzero(unpermuted / restored - 1 <= APART)
    return float((together[-1] + 1 if len(together) else 0) / len(unpermuted))


ROWS = (
    _alike("C4.restored", "restored", "unpermuted", early=True),
    _alike("C4.test", "test", "unpermuted", early=True),
    _alike("C5", "restored", "test", early=False),
    _with_depth("C6.capacity", "capacity", "capacity rises", 1),
    _with_depth("C6.radius", "relative_radius", "radius falls", -1),
    _with_depth("C6.dimension", "dimension", "dimension falls", -1),
    _Row(
        Claim(
            "C7",
            PAPER,
            "At the best epoch permuted images have no more than the capacity of points without structure.",
            "permuted images' capacity ÷ that without structure − 1, largest over layers",
            "Fig. 3A",
            upper=0.15,
            control="restored images",
        ),
        _above_no_structure("permuted"),
        _above_no_structure("restored"),
    ),
    _memorized("C8.capacity", "capacity", "capacity of permuted images rises", 1),
    _memorized("C8.radius", "relative_radius", "radius of permuted images falls", -1),
    _memorized("C8.dimension", "dimension", "dimension of permuted images falls", -1),
    _forgotten("C9.restored", "restored"),
    _forgotten("C9.test", "test"),
    _unchanged("C10.unpermuted", "unpermuted"),
    _unchanged("C10.restored", "restored"),
    _unchanged("C10.test", "test"),
    _Row(
        Claim(
            "C11",
            PAPER,
            "The capacity of permuted images rises abruptly, in the last layers.",
            "share of the rise of their capacity with depth, at the last epoch, that falls into the last 31 % of the "
            "layers",
            "Fig. 3B",
            lower=LATE,
            control="none: 0.31 is the share of an even rise",
        ),
        _abruptness,
    ),
    _Row(
        Claim(
            "C12",
            PAPER,
            "While labels are memorized, restored images part from unpermuted ones in the last layers alone.",
            "relative depth at which, at the last epoch, unpermuted images' capacity comes to exceed that of restored "
            "ones by a tenth and stays above",
            "Fig. 3B",
            lower=ROW_14,
            control="none: a depth",
        ),
        _parting,
    ),
)


def on_capacities(capacities: pd.DataFrame, history: pd.DataFrame) -> Iterator[Measured]:
    """Claims C4 to C12.

    Parameters
    ----------
    capacities : DataFrame
        CAPACITIES of all runs of an experiment, with ``run``.
    history : DataFrame
        HISTORY of the same runs, with ``run``.

    Yields
    ------
    Measured
        Not defined where a run lacks the epoch or the group that a claim is on.
    """
    best = {run: best_epoch(rows) for run, rows in history.groupby("run", observed=True)}
    runs = [_Run(rows, best[run]) for run, rows in capacities.groupby("run", observed=True)]

    def mean(statistic: Statistic) -> Interval:
        return over_seeds([statistic(run) for run in runs])

    for claim, statistic, control in ROWS:
        yield Measured(claim, mean(statistic), None if control is None else mean(control))
