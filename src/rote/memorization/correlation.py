"""Rank correlation of estimated scores with those that others have published."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.rank_correlation import rank_correlation
from rote.tables.frames import gather
from rote.tables.memorization import SCORE_CORRELATIONS, SCORES, with_nulls


def correlate_scores(
    *,
    scores: Path,
    published: Sequence[Path],
    output: Path,
    references: Sequence[str],
    job: Job,
) -> None:
    """Write Spearman's correlation of scores with each of some published ones, over the examples that have both.

    Parameters
    ----------
    scores : Path
        SCORES table estimated from trials.
    published : sequence of Path
        SCORES tables of published scores, in any order.
    output : Path
        SCORE_CORRELATIONS table to write.
    references : sequence of str
        Names of the published scores, in the order of the rows to write.
    job : Job
        The bootstrap's seed follows from it and the reference.

    Raises
    ------
    DataError, TableError
        If a table cannot be used or is absent, or two are of different numbers of examples.
    """
    ours, rows = tables.read(scores, SCORES).sort_by("example")["score"].to_numpy(), []
    theirs = gather(published, SCORES, ["published"]).sort_values("example")
    for name in references:
        reference = theirs.loc[theirs["published"] == name, "score"].to_numpy(np.float64)
        if reference.shape != ours.shape:
            raise DataError(
                f"{name} has {len(reference)} scores and {scores} has {len(ours)}: they are of different data."
            )
        both = np.isfinite(ours) & np.isfinite(reference)
        random = job.within(name).generator("bootstrap of score correlations")
        spearman, low, high = rank_correlation(ours[both], reference[both], random)
        rows.append({"reference": name, "examples": int(both.sum()), "spearman": spearman, "low": low, "high": high})
    trials = tables.provenance(scores)["trials"]
    columns = {
        column.name: with_nulls([(row | {"trials": trials})[column.name] for row in rows], column)
        for column in SCORE_CORRELATIONS.columns
    }
    tables.write(output, SCORE_CORRELATIONS, columns, job.recorded())
