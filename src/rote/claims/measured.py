"""What the statistics of claims have in common: one value for each run, and its mean over runs."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from rote.claims.intervals import Interval, over_seeds
from rote.claims.verdicts import Claim, Finding, judge


class Measured(NamedTuple):
    """A claim with what was measured for it."""

    claim: Claim
    interval: Interval
    control: Interval | None = None


def of_each_run(table: pd.DataFrame, statistic: Callable[[pd.DataFrame], float]) -> Interval:
    """Mean of a statistic over runs with Student's t interval.

    Parameters
    ----------
    table : DataFrame
        With ``run``.
    statistic : callable
        Of the rows of one run; NaN where it is not defined for the run, and then no mean is.

    Returns
    -------
    Interval
    """
    return over_seeds(np.array([statistic(rows) for _, rows in table.groupby("run", observed=True)], dtype=np.float64))


def judged(measured: Iterable[Measured], scope: str) -> list[Finding]:
    """Findings, in order: see `rote.claims.verdicts.judge`."""
    return [judge(one.claim, scope, one.interval, one.control) for one in measured]
