"""Claims on capacity by simulation and by mean-field theory (Fig. 1B)."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim

PAPER = "geometry"
FEWEST_POINTS = 3  # of a correlation
CONTROL = "the theory's capacity of the same images dealt out to the classes at random"
Floats = NDArray[np.float64]

SAME_SIZE = Claim(
    "C24.size",
    PAPER,
    "Capacity by simulation is as large as mean-field theory says.",
    "median over groups, layers and epochs of log (simulated capacity ÷ the theory's)",
    "Fig. 1B",
    lower=-0.2,
    upper=0.2,
    control=CONTROL,
)
SAME_ORDER = Claim(
    "C24.order",
    PAPER,
    "Capacity by simulation is large where mean-field theory says so.",
    "Spearman's ρ over groups, layers and epochs between simulated capacity and the theory's",
    "Fig. 1B",
    lower=0.9,
    control=CONTROL,
)


def on_simulation(simulated: pd.DataFrame, capacities: pd.DataFrame) -> Iterator[Measured]:
    """Claim C24.

    Parameters
    ----------
    simulated, capacities : DataFrame
        SIMULATED_CAPACITIES and CAPACITIES of all runs of an experiment, with ``run``.

    Yields
    ------
    Measured
        Over the points of which both capacities are known; not defined for a run with fewer than three.
    """
    of_classes, at_random = (
        beside_theory(simulated, capacities[capacities["shuffled"] == shuffled]) for shuffled in (False, True)
    )
    for claim, statistic in ((SAME_SIZE, _median_log_ratio), (SAME_ORDER, _rank_correlation)):
        yield Measured(claim, *(of_each_run(points, _of_points(statistic)) for points in (of_classes, at_random)))


def beside_theory(simulated: pd.DataFrame, capacities: pd.DataFrame) -> pd.DataFrame:
    """Simulated capacities, each with ``theory`` and ``theory_error`` of the same run, epoch, tap and group.

    Parameters
    ----------
    simulated, capacities : DataFrame
        SIMULATED_CAPACITIES and CAPACITIES, both with ``run``; of the latter one row for each group.

    Returns
    -------
    DataFrame
        Rows of which the theory has no capacity are left out.
    """
    where = ["run", "epoch", "tap", "group"]
    names = {"capacity": "theory", "capacity_error": "theory_error"}
    theory = capacities[[*where, *names]].rename(columns=names)
    plain = {"tap": str, "group": str}
    return simulated.astype(plain).merge(theory.astype(plain), on=where).dropna(subset=["theory"])


def _of_points(statistic: Callable[[Floats, Floats], float]) -> Callable[[pd.DataFrame], float]:
    def of_run(points: pd.DataFrame) -> float:
        known = points[points["capacity"].notna()]
        if len(known) < FEWEST_POINTS:
            return np.nan
        return statistic(known["capacity"].to_numpy(np.float64), known["theory"].to_numpy(np.float64))

    return of_run


def _median_log_ratio(simulated: Floats, theory: Floats) -> float:
    return float(np.median(np.log(simulated / theory)))


def _rank_correlation(simulated: Floats, theory: Floats) -> float:
    return float(spearmanr(simulated, theory).statistic)
