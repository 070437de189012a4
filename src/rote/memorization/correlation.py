"""Rank correlation of estimated scores with those that others have published."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rote import tables
from rote.errors import DataError
from rote.provenance import generator
from rote.rank_correlation import rank_correlation
from rote.tables.memorization import SCORE_CORRELATIONS, SCORES, with_nulls


def correlate_scores(
    *,
    scores: Path,
    references: Mapping[str, Path],
    output: Path,
    owner: str,
    study_seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write Spearman's correlation of scores with each of some published ones, over the examples that have both.

    Parameters
    ----------
    scores : Path
        SCORES table estimated from trials.
    references : mapping of str to Path
        SCORES tables of published scores, by name.
    output : Path
        SCORE_CORRELATIONS table to write.
    owner : str
        Name of the trials; the bootstrap's seed follows from it, the reference and the study's seed.
    study_seed : int
    provenance : mapping
        For the table.

    Raises
    ------
    DataError, TableError
        If a table cannot be used, or two are of different numbers of examples.
    """
    ours, rows = tables.read(scores, SCORES).sort_by("example")["score"].to_numpy(), []
    for name, path in references.items():
        theirs = tables.read(path, SCORES).sort_by("example")["score"].to_numpy()
        if theirs.shape != ours.shape:
            raise DataError(
                f"{path} has {len(theirs)} scores and {scores} has {len(ours)}: they are of different data."
            )
        both = np.isfinite(ours) & np.isfinite(theirs)
        random = generator(study_seed, "bootstrap of score correlations", f"{owner}, {name}")
        spearman, low, high = rank_correlation(ours[both], theirs[both], random)
        rows.append({"reference": name, "examples": int(both.sum()), "spearman": spearman, "low": low, "high": high})
    trials = tables.provenance(scores)["trials"]
    columns = {
        column.name: with_nulls([(row | {"trials": trials})[column.name] for row in rows], column)
        for column in SCORE_CORRELATIONS.columns
    }
    tables.write(output, SCORE_CORRELATIONS, columns, {**provenance, "owner": owner, "study_seed": study_seed})
