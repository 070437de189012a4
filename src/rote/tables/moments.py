"""Moments of training that runs have in common, whose epochs differ from run to run: first, best and last."""

from typing import Literal

import pandas as pd

from rote.tables.training import best_epoch

Moment = Literal["first", "best", "last"]
MOMENTS: tuple[Moment, ...] = ("first", "best", "last")


def at_moments(rows: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first, the best and the last epoch of every run, as far as all runs have them.

    Parameters
    ----------
    rows : DataFrame
        Of any table with ``epoch``, of several runs (``run``).
    history : DataFrame
        HISTORY of the same runs, with ``run``.

    Returns
    -------
    DataFrame
        With ``moment``: ``best`` is `rote.tables.training.best_epoch`, ``last`` is the end of the history, and
        ``first`` the earliest epoch there is, if it is before both. Rows of an epoch that is both the best and the last
        are there twice.
    """
    found: dict[Moment, list[pd.DataFrame]] = {moment: [] for moment in MOMENTS}
    runs = rows["run"].unique()
    for run in runs:
        of_run, measured = rows[rows["run"] == run], history[history["run"] == run]
        best, last, first = best_epoch(measured), int(measured["epoch"].max()), int(of_run["epoch"].min())
        epochs: dict[Moment, int] = {"best": best, "last": last}
        if first < min(best, last):
            epochs["first"] = first
        for moment, epoch in epochs.items():
            chosen = of_run[of_run["epoch"] == epoch]
            if len(chosen):
                found[moment].append(chosen.assign(moment=moment))
    common = [part for parts in found.values() if len(parts) == len(runs) for part in parts]
    return pd.concat(common, ignore_index=True) if common else rows.iloc[:0].assign(moment=pd.Series(dtype=str))
