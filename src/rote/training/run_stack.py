"""Runs that are trained together in one job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rote import tables
from rote.job import Job
from rote.tables import Schema
from rote.tables.stacks import STACK_CHECKPOINTS, STACK_HISTORIES
from rote.training.several import Planned, training


@dataclass(frozen=True)
class Member:
    """A run of a stack.

    Attributes
    ----------
    name : str
        Of the run: the key of its draws, as if it were trained alone.
    spec : mapping
        See `rote.training.spec.NetworkSpec`.
    labels : Path
        Table of the labels to train on.
    """

    name: str
    spec: Mapping[str, Any]
    labels: Path


def train_stack(
    members: Sequence[Member],
    *,
    train: Path,
    test: Path,
    histories: Path,
    checkpoints: Path,
    job: Job,
    save_interval: float = 60.0,
) -> None:
    """Train runs of one architecture and recipe together.

    Parameters
    ----------
    members : sequence of Member
    train, test : Path
        Tables of the training images and the test images.
    histories, checkpoints : Path
        STACK_HISTORIES and STACK_CHECKPOINTS tables to write. The checkpoints lie beside the latter, in a folder of its
        name without suffix, which has a folder for each run; while training, so does the state from which a killed job
        goes on.
    job : Job
    save_interval : float
        Least time between two saved states, in seconds.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As of `rote.training.several.train_several`.
    """
    folder = checkpoints.with_suffix("")
    planned = [
        Planned(one.spec, folder / f"{one.name}.parquet", replace(job, seed_key=one.name), one.labels)
        for one in members
    ]
    with training(planned, train=train, test=test, save_interval=save_interval) as trained:
        recorded = planned[0].job.recorded(seed_key=job.seed_key)  # a network's job knows the device
        measured = [(one.planned.job.seed_key, *row) for one in trained for row in one.history]
        _write(histories, STACK_HISTORIES, measured, recorded)
        kept = [
            (run, *row._replace(file=f"{folder.name}/{run}/{row.file}"))
            for run, rows in ((one.planned.job.seed_key, one.checkpoints) for one in trained)
            for row in rows
        ]
        _write(checkpoints, STACK_CHECKPOINTS, kept, {**recorded, **trained[0].blueprint.recorded()})


def _write(path: Path, schema: Schema, rows: Sequence[tuple[Any, ...]], provenance: Mapping[str, Any]) -> None:
    columns = zip((column.name for column in schema.columns), zip(*rows, strict=True), strict=True)
    tables.write(path, schema, dict(columns), provenance)
