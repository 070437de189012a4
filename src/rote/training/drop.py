"""Dropping a run's checkpoints once whoever reads them is done."""

import shutil
from pathlib import Path

from rote.files import replacing
from rote.training.listed import listed_checkpoints


def drop_checkpoints(checkpoints: Path, tokens: Path, output: Path) -> None:
    """Delete all checkpoints of a run but the last, which whoever needs the trained network reads.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run; it stays as it is.
    tokens : Path
        Folder of readers' tokens, which are deleted first: one that is left would promise what is no longer there.
    output : Path
        File to write, a line for each checkpoint that was dropped.
    """
    shutil.rmtree(tokens, ignore_errors=True)
    dropped = listed_checkpoints(checkpoints)[:-1]
    for listed in dropped:
        listed.path.unlink(missing_ok=True)
    with replacing(output) as temporary:
        temporary.write_text("".join(f"epoch {listed.epoch}\n" for listed in dropped), encoding="utf-8")
