"""Checkpoints on loan: those that were dropped are trained again for who reads them.

A reader's token says that every checkpoint of a manifest lies there. A training that is done again must give the bytes
that the manifest records, or what was read before and what is read now would be of different networks.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rote.errors import TrainingError
from rote.files import locked, replacing
from rote.job import Job
from rote.training.listed import Listed, listed_checkpoints


def lend_checkpoints(
    *,
    spec: Mapping[str, Any],
    train: Path,
    test: Path,
    labels: Path,
    checkpoints: Path,
    token: Path,
    job: Job,
) -> None:
    """Make sure that every checkpoint of a run lies there, training it again if need be, and write a reader's token.

    Parameters
    ----------
    spec, train, test, labels, job
        As in `rote.training.run.train_run`.
    checkpoints : Path
        CHECKPOINTS table of the run. A training that is done again works in a folder beside it, from whose state a
        killed job goes on; of several jobs one trains, and the others wait for it.
    token : Path
        File to write.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As of `train_run`; also if the training that is done again gives other networks.
    """
    with locked(checkpoints.with_suffix("") / ".lending.lock"):
        missing = [listed for listed in listed_checkpoints(checkpoints) if not listed.is_there]
        if missing:
            from rote.training.run import train_run  # late: where nothing is missing, PyTorch would be most of the work

            folder = checkpoints.with_name("again")
            again = folder / "checkpoints.parquet"
            train_run(
                spec=spec,
                train=train,
                test=test,
                labels=labels,
                history=folder / "history.parquet",
                checkpoints=again,
                job=job,
            )
            _restore(missing, {listed.epoch: listed for listed in listed_checkpoints(again)}, checkpoints)
            shutil.rmtree(folder)
    with replacing(token) as temporary:
        temporary.write_text(f"every checkpoint that {checkpoints.name} lists lies there\n", encoding="utf-8")


def _restore(missing: Sequence[Listed], again: Mapping[int, Listed], manifest: Path) -> None:
    """Move the missing checkpoints into place, if each is the one that was dropped."""
    other = [one.epoch for one in missing if one.epoch not in again or again[one.epoch].checksum != one.checksum]
    if other:
        raise TrainingError(
            f"training again what {manifest} lists gave another network at epoch {other[0]}: a GPU, or another kind of "
            f"processor, adds in another order. Delete {manifest} and run again: the run is trained anew, and all that "
            "follows from it. Set drop_checkpoints to false to keep its checkpoints."
        )
    for one in missing:
        one.path.parent.mkdir(parents=True, exist_ok=True)
        again[one.epoch].path.replace(one.path)
