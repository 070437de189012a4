"""Memorization trials again: subsets and accuracies of all of them, trainings of some."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rote import tables
from rote.data.images import load_true_labels
from rote.memorization.subsets import subset
from rote.memorization.trials import Spec, train_trials
from rote.provenance import integer_seed
from rote.review.agreement import Agreement, compared
from rote.tables.memorization import TRIALS, pack, unpack
from rote.training.settings import parse


def review_subsets(
    *, shard: Path, table: str, name: str, spec: Mapping[str, Any], train: Path, test: Path, study_seed: int
) -> Agreement:
    """Draw the subset and the training seed of every trial of a shard again, and its accuracies from its bits.

    Parameters
    ----------
    shard : Path
        TRIALS table.
    table : str
        What to call it.
    name, spec, study_seed
        As in `rote.memorization.trials.train_trials`.
    train, test : Path
        Tables of images.

    Returns
    -------
    Agreement
        All must be equal.

    Raises
    ------
    DataError, TableError, ConfigError
        If a table cannot be read or the spec cannot be.
    """
    fraction = parse(Spec, spec, f"trials {name}").fraction
    recorded = tables.read(shard, TRIALS)
    numbers = recorded["trial"].to_pylist()
    n, n_test = len(load_true_labels(train)), len(load_true_labels(test))
    membership = np.stack([subset(n, number, fraction, study_seed, name) for number in numbers])
    correct, test_correct = unpack(recorded["train_correct"], n), unpack(recorded["test_correct"], n_test)
    columns = {
        "training_seed": [integer_seed(study_seed, "memorization training", name, number) for number in numbers],
        "n_in": membership.sum(1),
        "membership": pack(membership),
        "train_accuracy": correct.mean(1, where=membership),
        "held_out_accuracy": correct.mean(1, where=~membership),
        "test_accuracy": test_correct.mean(1),
    }
    types = {column.name: column.type for column in TRIALS.columns}
    again = pa.table({column: pa.array(values).cast(types[column]) for column, values in columns.items()})
    part = f"subsets, seeds and accuracies of {len(numbers)} trials"
    return compared("trials", table, part, recorded.select(list(columns)), again, 0.0)


def review_trainings(
    *,
    shards: Mapping[str, Path],
    name: str,
    spec: Mapping[str, Any],
    train: Path,
    test: Path,
    labels: Path,
    stacks: int,
    tolerance: float,
    study_seed: int,
    threads: int,
    draws: np.random.Generator,
    folder: Path,
) -> list[Agreement]:
    """Train some stacks of trials again.

    Parameters
    ----------
    shards : mapping of str to Path
        TRIALS tables by what to call them.
    name, spec, train, test, labels, study_seed, threads
        As in `rote.memorization.trials.train_trials`.
    stacks : int
        How many, drawn at random; trials of a stack are trained together and cannot be parted.
    tolerance : float
        Share of the examples whose classification as labelled may differ. On the machine of the first training none
        does; elsewhere rounding differs, and examples near a boundary with it.
    draws : numpy.random.Generator
    folder : Path
        To work in.

    Returns
    -------
    list of Agreement
        One for each stack and shard that has trials of it.

    Raises
    ------
    DataError, TableError, ConfigError, TrainingError
        As `rote.memorization.trials.train_trials`.
    """
    together = parse(Spec, spec, f"trials {name}").together
    recorded = {called: tables.read(path, TRIALS) for called, path in shards.items()}
    stack_of = {called: rows["trial"].to_numpy() // together for called, rows in recorded.items()}
    known = np.unique(np.concatenate(list(stack_of.values())))
    n, n_test = len(load_true_labels(train)), len(load_true_labels(test))
    found = []
    for stack in np.sort(draws.permutation(known)[:stacks]).tolist():
        path = folder / f"stack_{stack}.parquet"
        train_trials(
            name=name,
            spec=spec,
            first=stack * together,
            count=together,
            train=train,
            test=test,
            labels=labels,
            trials=path,
            times=folder / "times.parquet",
            folder=path.with_suffix(""),
            study_seed=study_seed,
            threads=threads,
            provenance={},
        )
        again = tables.read(path, TRIALS)
        for called, rows in recorded.items():
            own = rows.filter(pa.array(stack_of[called] == stack))
            if len(own):
                same = again.take(own["trial"].to_numpy() - stack * together)
                found.append(_bits(called, own, same, n, n_test, tolerance))
    return found


def _bits(table: str, recorded: pa.Table, again: pa.Table, n: int, n_test: int, tolerance: float) -> Agreement:
    """Share of the examples of each trial that only one of the two trainings classifies as labelled."""
    columns = {"train_correct": n, "test_correct": n_test}
    unlike = np.concatenate(
        [unpack(recorded[column], size) != unpack(again[column], size) for column, size in columns.items()], axis=1
    )
    first, last = recorded["trial"][0], recorded["trial"][-1]
    note = f"{unlike.sum()} of {unlike.size} examples are classified otherwise" if unlike.any() else ""
    return Agreement(
        "trials", table, f"training of trials {first} to {last}", unlike.size, float(unlike.mean()), tolerance, note
    )
