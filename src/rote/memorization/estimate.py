"""Memorization scores of a data set from shards of trials."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rote import tables
from rote.data.images import load_true_labels
from rote.job import Job
from rote.memorization.scores import ScoreSums
from rote.memorization.shards import iterate_trials
from rote.tables.memorization import SCORES, with_nulls


def estimate_scores(*, shards: Sequence[Path], train: Path, output: Path, job: Job) -> None:
    """Write the memorization score of every training example.

    Parameters
    ----------
    shards : sequence of Path
        TRIALS tables, in any order.
    train : Path
        Table of the training images.
    output : Path
        SCORES table to write; its provenance says from how many trials, and how many examples have no score.
    job : Job

    Raises
    ------
    DataError, TableError
        If a shard cannot be used, a trial comes twice, or there is none.
    """
    n = len(load_true_labels(train))
    sums, n_trials = ScoreSums(n), 0
    for trial, (membership, correct) in iterate_trials(shards, {"membership": n, "train_correct": n}):
        sums.add(membership, correct)
        n_trials += len(trial)
    scores = sums.scores()
    estimated = [column for column in SCORES.columns if column.name != "example"]
    columns = {column.name: with_nulls(getattr(scores, column.name), column) for column in estimated}
    columns["example"] = np.arange(n)
    recorded = job.recorded(source="trials", trials=n_trials, undefined=scores.undefined)
    tables.write(output, SCORES, columns, recorded)
