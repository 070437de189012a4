"""Memorization trials again: subsets and accuracies of all of them, trainings of some."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rote import tables
from rote.data.images import load_true_labels
from rote.memorization.subsets import subset
from rote.memorization.trials import TrialsSpec, train_trials
from rote.review.agreement import EQUIVALENCE, Agreement, compared
from rote.review.equivalence import Floats, Outcomes, Usual, log_likelihoods
from rote.review.kind import of_this_kind
from rote.review.recomputation import Recomputation
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.memorization import TRIALS, pack, unpack


def review_subsets(
    *, shard: Path, table: str, spec: Mapping[str, Any], train: Path, test: Path, seeds: Seeds
) -> Agreement:
    """Draw the subset and the training seed of every trial of a shard again, and its accuracies from its bits.

    Parameters
    ----------
    shard : Path
        TRIALS table.
    table : str
        What to call it.
    spec
        As in `rote.memorization.trials.train_trials`.
    train, test : Path
        Tables of images.
    seeds : Seeds
        Of the estimate.

    Returns
    -------
    Agreement
        All must be equal.

    Raises
    ------
    DataError, TableError, ConfigError
        If a table cannot be read or the spec cannot be.
    """
    fraction = parse(TrialsSpec, spec, f"trials {seeds.seed_key}").fraction
    recorded = tables.read(shard, TRIALS)
    numbers = recorded["trial"].to_pylist()
    n, n_test = len(load_true_labels(train)), len(load_true_labels(test))
    membership = np.stack([subset(n, number, fraction, seeds) for number in numbers])
    correct, test_correct = unpack(recorded["train_correct"], n), unpack(recorded["test_correct"], n_test)
    columns = {
        "training_seed": [seeds.integer_seed("memorization training", number) for number in numbers],
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
    spec: Mapping[str, Any],
    train: Path,
    test: Path,
    labels: Path,
    stacks: int,
    level: float,
    recomputation: Recomputation,
) -> list[Agreement]:
    """Train some stacks of trials again.

    Parameters
    ----------
    shards : mapping of str to Path
        TRIALS tables by what to call them.
    spec, train, test, labels
        As in `rote.memorization.trials.train_trials`.
    stacks : int
        How many, drawn at random; trials of a stack are trained together and cannot be parted.
    level : float
        Probability with which honest trials of another kind of processor are refused.
    recomputation : Recomputation

    Returns
    -------
    list of Agreement
        Where the trials were made on this kind of processor, one for each stack and shard that has trials of it, whose
        bits must be equal. Elsewhere rounding parts two trainings of one seed: there what is trained again and what is
        on record must be equivalent (see `rote.review.equivalence`), one for each comparison of likelihoods and of
        accuracies. On every processor the likelihoods of all trials on record, under one another and under those
        trained again: they find forged ones that are not of the stacks drawn.

    Raises
    ------
    DataError, TableError, ConfigError, TrainingError
        As `rote.memorization.trials.train_trials`.
    """
    job, folder = recomputation.job, recomputation.folder
    stack_size = parse(TrialsSpec, spec, f"trials {job.seed_key}").stack_size
    recorded = {called: tables.read(path, TRIALS) for called, path in shards.items()}
    stack_of = {called: rows["trial"].to_numpy() // stack_size for called, rows in recorded.items()}
    known = np.unique(np.concatenate(list(stack_of.values())))
    n, n_test = len(load_true_labels(train)), len(load_true_labels(test))
    equal = {called: of_this_kind(path, job.device) for called, path in shards.items()}
    found, again = [], []
    for stack in np.sort(recomputation.draws.permutation(known)[:stacks]).tolist():
        path = folder / f"stack_{stack}.parquet"
        train_trials(
            spec=spec,
            numbers=range(stack * stack_size, (stack + 1) * stack_size),
            train=train,
            test=test,
            labels=labels,
            trials=path,
            times=folder / "times.parquet",
            job=job,
        )
        again.append(tables.read(path, TRIALS))
        for called, rows in recorded.items():
            own = rows.filter(pa.array(stack_of[called] == stack))
            if len(own) and equal[called]:
                same = again[-1].take(own["trial"].to_numpy() - stack * stack_size)
                found.append(_bits(called, own, same, n, n_test))
    whole = pa.concat_tables(recorded.values())
    old = _outcomes(whole, n, n_test)
    own = log_likelihoods(old, old)
    usual = Usual.of_most(own)
    found.append(_likely("trials on record under one another", own, usual, old, level))
    if again:
        fresh = pa.concat_tables(again)
        new = _outcomes(fresh, n, n_test)
        if len(new.number) > 1:
            beyond_doubt, likelihoods = Usual.of_honest(log_likelihoods(new, new)), log_likelihoods(old, new)
            found.append(_likely("trials on record under those trained again", likelihoods, beyond_doubt, old, level))
        if not all(equal.values()):
            likelihoods = log_likelihoods(new, old)
            found.append(_likely("trials trained again under those on record", likelihoods, usual, new, level))
            found += _accuracies(whole, fresh, min(n, n_test), level)
    return found


def _bits(table: str, recorded: pa.Table, again: pa.Table, n: int, n_test: int) -> Agreement:
    """Share of the examples of each trial that only one of the two trainings classifies as labelled."""
    columns = {"train_correct": n, "test_correct": n_test}
    unlike = np.concatenate(
        [unpack(recorded[column], size) != unpack(again[column], size) for column, size in columns.items()], axis=1
    )
    first, last = recorded["trial"][0], recorded["trial"][-1]
    note = f"{unlike.sum()} of {unlike.size} examples are classified otherwise" if unlike.any() else ""
    part = f"training of trials {first} to {last}"
    return Agreement("trials", table, part, unlike.size, float(unlike.mean()), 0.0, note)


def _accuracies(recorded: pa.Table, again: pa.Table, n: int, level: float) -> Iterator[Agreement]:
    """Whether accuracies, of at least `n` examples each, of trials trained again lie among those on record."""
    for column in ("train_accuracy", "held_out_accuracy", "test_accuracy"):
        values, usual = again[column].to_numpy(), Usual.of_most(recorded[column].to_numpy())
        resolution = replace(usual, spread=max(usual.spread, 1 / n))
        worst = float(np.abs(resolution.shortfalls(values)).max())
        bound = usual.allowed(level / 2, len(values))
        note = f"accuracies beyond {usual.centre:.3f} ± {resolution.spread:.3f}" if worst > bound else ""
        part = f"{column} of trials trained again"
        yield Agreement("trials", "", part, len(values), worst, bound, note, EQUIVALENCE)


def _likely(what: str, likelihoods: Floats, usual: Usual, trials: Outcomes, level: float) -> Agreement:
    """Whether no trial is less likely than the usual ones by more than `level` allows."""
    short, bound = usual.shortfalls(likelihoods), usual.allowed(level, len(likelihoods))
    far = [f"trial {trials.number[place]}: {likelihoods[place]:.0f}" for place in np.flatnonzero(short > bound)]
    note = f"{len(far)} are too unlikely ({', '.join(far[:5])}; usual {usual.centre:.0f} nats)" if far else ""
    worst = max(float(short.max()), 0.0)
    return Agreement("trials", "", f"likelihood of {what}", len(short), worst, bound, note, EQUIVALENCE)


def _outcomes(trials: pa.Table, n: int, n_test: int) -> Outcomes:
    return Outcomes(
        trials["trial"].to_numpy(),
        unpack(trials["membership"], n),
        unpack(trials["train_correct"], n),
        unpack(trials["test_correct"], n_test),
    )
