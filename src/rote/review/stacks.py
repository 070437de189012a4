"""Runs that were trained together again: a whole stack at a time, since its networks round as they do in it alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rote import devices, tables
from rote.job import Job
from rote.review.agreement import Agreement, compared, skipped
from rote.review.kind import of_this_kind
from rote.tables.stacks import STACK_CHECKPOINTS, STACK_HISTORIES
from rote.training.run_stack import Member, train_stack

KIND, PART = "networks", "training of a stack"


@dataclass(frozen=True)
class RunStack:
    """A stack of runs on record; attributes as the parameters of `rote.training.run_stack.train_stack`."""

    members: Sequence[Member]
    train: Path
    test: Path
    histories: Path
    checkpoints: Path
    job: Job


def review_stack(stack: RunStack, *, results: Path, folder: Path) -> Iterator[Agreement]:
    """Train a stack again; histories and weights must be equal.

    Parameters
    ----------
    stack : RunStack
    results : Path
        Folder after which tables are called.
    folder : Path
        To work in: empty, this stack's alone.

    Yields
    ------
    Agreement
        Of the histories and of the checkpoints of all runs of the stack; on another kind of processor, where rounding
        differs, that nothing was computed again.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As `rote.training.run_stack.train_stack`.
    """
    device, called = stack.job.device, str(stack.histories.relative_to(results))
    if not of_this_kind(stack.histories, device):
        yield skipped(KIND, called, PART, f"{devices.describe(device)} here rounds otherwise than where it was trained")
        return
    histories, checkpoints = (folder / f"{name}.parquet" for name in ("histories", "checkpoints"))
    train_stack(
        stack.members,
        train=stack.train,
        test=stack.test,
        histories=histories,
        checkpoints=checkpoints,
        job=stack.job,
    )
    checksums = ["run", "epoch", "bytes", "checksum"]
    for recorded, again, schema, columns in (
        (stack.histories, histories, STACK_HISTORIES, [column.name for column in STACK_HISTORIES.columns]),
        (stack.checkpoints, checkpoints, STACK_CHECKPOINTS, checksums),
    ):
        known, remade = (tables.read(path, schema, columns) for path in (recorded, again))
        part = f"{again.stem} of a stack trained again"
        yield compared(KIND, str(recorded.relative_to(results)), part, known, remade, 0.0)
