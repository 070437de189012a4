"""Claims on images in the plane, by the numbers beside them (Figs 2B and A.2)."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim
from rote.tables.moments import Moment, at_moments

PAPER = "geometry"
MARGIN = 0.02  # of a share of neighbours
STATISTIC = (
    "share of the ten nearest neighbours that bear an image's own label, restored − permuted images, at the {} epoch"
)

SEPARATE_BY_TRUE_LABEL = Claim(
    "C25.best",
    PAPER,
    "At the best epoch permuted images lie together by their true labels, not by the permuted ones.",
    STATISTIC.format("best"),
    "Fig. 2B",
    lower=MARGIN,
    control="the first epoch, at which images may lie together by their true labels untrained",
)
SEPARATE_BY_PERMUTED_LABEL = Claim(
    "C25.last",
    PAPER,
    "At the last epoch permuted images lie together by their permuted labels, not by the true ones.",
    STATISTIC.format("last"),
    "Fig. 2B",
    upper=-MARGIN,
    control="the best epoch",
)


def on_neighbours(neighbours: pd.DataFrame, history: pd.DataFrame) -> Iterator[Measured]:
    """Claim C25, at the last of the layers that were laid out.

    Parameters
    ----------
    neighbours : DataFrame
        NEIGHBOUR_LABELS of all runs of an experiment, with ``run``.
    history : DataFrame
        HISTORY of the same runs, with ``run``.

    Yields
    ------
    Measured
        Not defined where a run lacks the epoch or permuted images.
    """
    last_tap = list(dict.fromkeys(neighbours["tap"]))[-1]
    found = at_moments(neighbours[neighbours["tap"] == last_tap], history)

    def difference(moment: Moment) -> Callable[[pd.DataFrame], float]:
        def statistic(run: pd.DataFrame) -> float:
            shares = run[run["moment"] == moment].set_index("group")["agreement"]
            return float(shares.get("restored", np.nan) - shares.get("permuted", np.nan))

        return statistic

    moments: tuple[Moment, ...] = ("first", "best", "last")
    first, best, last = (of_each_run(found, difference(moment)) for moment in moments)
    yield Measured(SEPARATE_BY_TRUE_LABEL, best, first)
    yield Measured(SEPARATE_BY_PERMUTED_LABEL, last, best)
