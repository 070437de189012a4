"""How well memorization scores tell corrupted labels from correct ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from rote import tables
from rote.data.labels import load_labels
from rote.errors import DataError
from rote.job import Job
from rote.tables.memorization import CORRUPTION, SCORES, with_nulls


@dataclass(frozen=True)
class Separation:
    """Area under the curve of true against false positives, with its standard error; NaN where a side is empty."""

    area: float
    standard_error: float
    n_positive: int
    n_negative: int


def area_under_curve(scores: ArrayLike, positive: ArrayLike) -> Separation:
    """Probability that a positive example's score is above a negative one's, ties counting half.

    Parameters
    ----------
    scores : array-like, shape (n,)
    positive : array-like of bool, shape (n,)

    Returns
    -------
    Separation
        The standard error is that of DeLong, DeLong & Clarke-Pearson (1988); NaN where a side has fewer than two.

    Raises
    ------
    DataError
        If the shapes differ or a score is not finite.
    """
    values, chosen = np.asarray(scores, np.float64), np.asarray(positive, np.bool_)
    if values.ndim != 1 or values.shape != chosen.shape or not np.isfinite(values).all():
        raise DataError(
            f"scores and labels must be one finite number and one flag each, not {values.shape}, {chosen.shape}"
        )
    above, below = values[chosen], values[~chosen]
    m, n = len(above), len(below)
    if not (m and n):
        return Separation(np.nan, np.nan, m, n)
    ranks = rankdata(values)
    of_above = (ranks[chosen] - rankdata(above)) / n  # share of the negative scores below each positive one
    of_below = 1 - (ranks[~chosen] - rankdata(below)) / m
    variance = _variance(of_above) / m + _variance(of_below) / n
    return Separation(float(of_above.mean()), float(np.sqrt(variance)), m, n)


def _variance(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else np.nan


def separate_corrupted(*, scores: Path, labels: Path, output: Path, job: Job) -> None:
    """Write how well memorization scores tell corrupted labels from correct ones.

    An example counts as corrupted if its label was chosen for corruption and is not the true one.

    Parameters
    ----------
    scores, labels : Path
        SCORES and LABELS tables.
    output : Path
        CORRUPTION table to write: one row, without an area where no label is corrupted.
    job : Job

    Raises
    ------
    DataError, TableError
        If a table cannot be used.
    """
    table = tables.read(scores, SCORES).sort_by("example")
    given = load_labels(labels)
    score = table["score"].to_numpy()
    known = np.isfinite(score)
    corrupted = (given.true_label != given.train_label)[np.asarray(table["example"])]
    found = area_under_curve(score[known], corrupted[known])
    columns = {
        "area_under_curve": with_nulls([found.area], CORRUPTION.columns[0]),
        "standard_error": with_nulls([found.standard_error], CORRUPTION.columns[1]),
        "corrupted": [found.n_positive],
        "correct": [found.n_negative],
    }
    tables.write(output, CORRUPTION, columns, job.recorded())
