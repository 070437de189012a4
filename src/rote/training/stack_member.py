"""What a run takes from the stack that it was trained in: its own history and manifest. No network is opened."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from rote import tables
from rote.job import Job
from rote.tables import Schema
from rote.tables.stacks import STACK_CHECKPOINTS, STACK_HISTORIES
from rote.tables.training import CHECKPOINTS, HISTORY, NETWORK


def take_from_stack(
    run: str,
    *,
    stack_histories: Path,
    stack_checkpoints: Path,
    spec: Mapping[str, Any],
    history: Path,
    checkpoints: Path,
    job: Job,
) -> None:
    """Write the tables of a run that was trained in a stack; its checkpoints stay where they are.

    Parameters
    ----------
    run : str
    stack_histories, stack_checkpoints : Path
        What `rote.training.run_stack.train_stack` wrote.
    spec : mapping
        Of the run, for the record.
    history, checkpoints : Path
        HISTORY and CHECKPOINTS tables to write.
    job : Job

    Raises
    ------
    TableError
        If a table of the stack is missing or damaged.
    """
    recorded = job.recorded(spec=spec)
    tables.write(history, HISTORY, _columns(stack_histories, STACK_HISTORIES, run), recorded)
    kept = _columns(stack_checkpoints, STACK_CHECKPOINTS, run)
    kept["file"] = [os.path.relpath(stack_checkpoints.parent / file, checkpoints.parent) for file in kept["file"]]
    network = {NETWORK: tables.provenance(stack_checkpoints)[NETWORK]}
    tables.write(checkpoints, CHECKPOINTS, kept, {**recorded, **network})


def _columns(path: Path, schema: Schema, run: str) -> dict[str, Any]:
    """Columns of a run's rows, without its name."""
    table = tables.read(path, schema)
    found: dict[str, Any] = table.filter(pc.equal(table["run"], run)).drop_columns("run").to_pydict()
    return found
