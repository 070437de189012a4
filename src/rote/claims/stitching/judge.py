"""Verdicts on the claims of paper 3, from tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rote.claims.measured import judged
from rote.claims.report import write_findings
from rote.claims.stitching.convergence import on_drift, on_settling
from rote.claims.stitching.stitches import on_fitting, on_similarity, on_stitches
from rote.job import Job
from rote.tables.convergence import REFERENCE_CKA, SETTLING
from rote.tables.frames import gather
from rote.tables.stitching import STITCHED_CKA, STITCHES
from rote.tables.training import HISTORY


class Stitches(NamedTuple):
    """Tables of each tail of each repetition."""

    stitches: Sequence[Path]
    similarity: Sequence[Path]


class Convergence(NamedTuple):
    """Tables of how layers converge, of each network of each repetition; none where it is not measured."""

    cka: Sequence[Path] = ()
    settling: Sequence[Path] = ()


def judge_stitching(
    stitches: Stitches,
    histories: Sequence[Path],
    output: Path,
    *,
    convergence: Convergence,
    scope: str,
    job: Job,
) -> None:
    """Hold an experiment's networks against the claims of paper 3; write a CLAIMS table.

    Parameters
    ----------
    stitches : Stitches
        STITCHES and STITCHED_CKA.
    histories : sequence of Path
        HISTORY of each noisy run, each once.
    output : Path
    convergence : Convergence
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    by = ["repetition", "into"]
    table = gather(stitches.stitches, STITCHES, by=by)
    noisy = table[table["tail_role"] == "noisy"].drop_duplicates(by)[["repetition", "tail"]]
    noisy = noisy.astype(str).rename(columns={"tail": "run"})
    measured = [*on_fitting(gather(histories, HISTORY, by=["run"]), noisy)]
    also = ["role", "noise"]
    if convergence.settling:
        measured += on_settling(gather(convergence.settling, SETTLING, by=by, also=also))
    measured += on_stitches(table)
    if convergence.cka:
        measured += on_drift(gather(convergence.cka, REFERENCE_CKA, by=by, also=also))
    measured += on_similarity(gather(stitches.similarity, STITCHED_CKA, by=by))
    write_findings(judged(measured, scope), output, job)
