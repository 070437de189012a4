"""Verdicts on the claims of paper 4, from tables."""

from collections.abc import Sequence
from pathlib import Path

from rote.claims.masc.layers import on_layers
from rote.claims.masc.memory import on_memory
from rote.claims.masc.retraining import on_relabelling, on_retraining
from rote.claims.masc.runs import runs
from rote.claims.measured import judged
from rote.claims.report import write_findings
from rote.job import Job
from rote.tables.frames import gather
from rote.tables.masc import MASC_EXAMPLES, MASC_PREDICTIONS, RETRAINING


def judge_subspaces(
    predictions: Sequence[Path],
    examples: Sequence[Path],
    output: Path,
    *,
    retrained: Sequence[Path] = (),
    scope: str,
    job: Job,
) -> None:
    """Hold an experiment's runs against the claims that their tables can decide; write a CLAIMS table.

    Parameters
    ----------
    predictions, examples : sequence of Path
        MASC_PREDICTIONS and MASC_EXAMPLES of each run.
    output : Path
    retrained : sequence of Path
        RETRAINING of each run and of each way of training it further; where none is given, claims on it have no row.
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    found = runs(gather(predictions, MASC_PREDICTIONS, by=["run"]), gather(examples, MASC_EXAMPLES, by=["run"]))
    measured = [*on_layers([*found.values()]), *on_memory([*found.values()]), *on_relabelling(found)]
    if retrained:
        measured += on_retraining(found, gather(retrained, RETRAINING, by=["run", "retrained"]))
    write_findings(judged(measured, scope), output, job)
