"""Convergence of the memorization scores of a data set, from shards of trials."""

from collections.abc import Sequence
from pathlib import Path

from rote import tables
from rote.data.images import load_true_labels
from rote.job import Job
from rote.memorization.convergence import convergence, trials_needed, trials_needed_at_most
from rote.memorization.scores import memorization_scores
from rote.memorization.shards import read_trials
from rote.tables.memorization import CONVERGENCE, PRECISIONS, with_nulls


def measure_convergence(
    *,
    shards: Sequence[Path],
    train: Path,
    output: Path,
    precisions: Path,
    n_trials: Sequence[int],
    wanted_errors: Sequence[float],
    fraction: float,
    job: Job,
) -> None:
    """Write how the scores settle as trials are added, in a random order, and how many a wanted precision takes.

    Parameters
    ----------
    shards : sequence of Path
        TRIALS tables, in any order.
    train : Path
        Table of the training images.
    output, precisions : Path
        CONVERGENCE and PRECISIONS tables to write.
    n_trials : sequence of int
        Numbers of trials to take scores from.
    wanted_errors : sequence of float
        Standard errors that a score may be wanted to have.
    fraction : float
        Share of the examples in a trial's subset.
    job : Job
        The order of the trials follows from its seed.

    Raises
    ------
    DataError, TableError, ConfigError
        If a shard cannot be used, a trial comes twice, or a number asked for cannot be.
    """
    n = len(load_true_labels(train))
    membership, correct = read_trials(shards, {"membership": n, "train_correct": n})
    rows = convergence(membership, correct, n_trials, job.generator("order of trials"))
    scores = memorization_scores(membership, correct)
    needed = {
        "wanted_error": wanted_errors,
        "trials_needed": [trials_needed(scores, error) for error in wanted_errors],
        "trials_needed_at_most": [trials_needed_at_most(fraction, error) for error in wanted_errors],
    }
    columns = {
        column.name: with_nulls([getattr(row, column.name) for row in rows], column) for column in CONVERGENCE.columns
    }
    tables.write(output, CONVERGENCE, columns, job.recorded(trials=len(membership)))
    tables.write(precisions, PRECISIONS, needed, job.recorded(trials=len(membership), fraction=fraction))
