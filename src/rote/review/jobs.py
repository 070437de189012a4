"""Whole jobs again, beside the results: the same script with the same inputs and parameters, in another folder."""

import runpy
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rote import job as context
from rote.errors import TableError
from rote.review.agreement import Agreement, compared, skipped
from rote.review.forms import Files, Values


@dataclass(frozen=True)
class Job:
    """A job of the workflow, in the form in which its script sees it.

    Attributes
    ----------
    rule : str
    script : str
        The Python file that does it.
    input, output : Files
        Relative paths.
    params, wildcards, config, log, threads
        As the script takes them.
    seconds : float or None
        That the job took, where that is on record.
    gpu : bool
        Whether it asks for a GPU.
    """

    rule: str
    script: str
    input: Files
    output: Files
    params: Values
    wildcards: Values
    config: Mapping[str, Any]
    log: Sequence[str]
    threads: int
    seconds: float | None
    gpu: bool

    @property
    def context(self) -> context.Job:
        """Its context, without provenance: what is computed again goes into no result."""
        return context.Job(self.params.get("study_seed"), self.params.get("seed_key", ""), self.threads)

    @property
    def tables(self) -> list[str]:
        """The tables among the outputs."""
        return [path for path in self.output if path.endswith(".parquet")]


def draw_jobs(jobs: Sequence[Job], seconds: float, draws: np.random.Generator) -> list[Job]:
    """Jobs to do again within a time, by what they took: one of each rule, the shortest first, then another of each.

    Which ones of a rule is drawn at random.

    Parameters
    ----------
    jobs : sequence of Job
        Those without a time on record are left out.
    seconds : float
        What the drawn jobs took in sum is at most this.
    draws : numpy.random.Generator

    Returns
    -------
    list of Job
        In the order of `jobs`.
    """
    of_rule = defaultdict(list)
    for place in draws.permutation(len(jobs)):
        of_rule[jobs[place].rule].append((jobs[place].seconds, int(place)))
    drawn = []
    for turn in range(max(map(len, of_rule.values()), default=0)):
        known = [places[turn] for places in of_rule.values() if turn < len(places)]
        for took, place in sorted((took, place) for took, place in known if took is not None):
            if took <= seconds:
                drawn.append(place)
                seconds -= took
    return [jobs[place] for place in sorted(drawn)]


def review_job(job: Job, results: Path, tolerance: float, folder: Path) -> Iterator[Agreement]:
    """Do a job again and compare its tables with those on record.

    Parameters
    ----------
    job : Job
        Paths relative to the working folder. Only jobs that delete nothing beside their outputs may be given.
    results : Path
        Relative folder of the results, after which tables are called.
    tolerance : float
        See `rote.review.agreement.compared`.
    folder : Path
        To work in: empty, the job's alone. Its inputs are linked into it.

    Yields
    ------
    Agreement
        One for each table.

    Raises
    ------
    TableError
        If a table on record is damaged.
    """
    names = {path: str(Path(path).relative_to(results)) for path in job.tables}
    part = f"by {job.rule}"
    if missing := [path for path in [*job.input, *job.tables] if not Path(path).exists()]:
        yield from (skipped("table", name, part, f"{missing[0]} is not here") for name in names.values())
        return
    if outside := [path for path in job.input if ".." in Path(path).parts]:
        why = f"{outside[0]} lies outside of the study's folder"
        yield from (skipped("table", name, part, why) for name in names.values())
        return
    recorded = {path: _read(Path(path)) for path in job.tables}
    for path in job.input:
        _link(Path(path), folder)
    with chdir(folder):
        why = _run(job)
        again = {} if why else {path: _read(Path(path)) for path in job.tables}
    for path, name in names.items():
        if why:
            yield Agreement("table", name, part, 0, float("inf"), tolerance, why)
        else:
            yield compared("table", name, part, recorded[path], again[path], tolerance)


def _run(job: Job) -> str:
    """Run a job's script in the working folder; its last words if it stops with an error, else nothing."""
    try:
        runpy.run_path(job.script, init_globals={"snakemake": job})
    except SystemExit:
        return Path(job.log[0]).read_text(encoding="utf-8").strip().splitlines()[-1]
    except Exception as error:  # a record that is at odds with the script is no fault of the code
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
    return ""


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is damaged ({error}).") from error


def _link(path: Path, folder: Path) -> None:
    """Link a file into a folder under its own path, and what lies beside a manifest in the folder of its name."""
    for source in (path, path.with_suffix("")):
        target = folder / source
        if source.exists() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.absolute())
