"""What the present tree would run and why, before anything is paid: `python workflow/plan.py --configfile …`.

Takes Snakemake's own options (`--profile`, `--configfile`, targets and so on) and starts no job.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from running.durations import Measured
from running.predictions import predicted
from snakemake.api import SnakemakeApi
from snakemake.cli import parse_args, parse_config
from snakemake.dag import DAG
from snakemake.exceptions import print_exception
from snakemake.jobs import Job
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    DeploymentSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)
from snakemake.workflow import Workflow

CAUSES = {
    "missing": "there is no result yet",
    "unfinished": "it was stopped half-way",
    "code": "the script or a module of rote that it imports has changed",
    "parameters": "the configuration has changed",
    "inputs": "other input files, or newer ones",
    "software": "another environment",
    "follows": "an earlier job of this plan makes its input anew",
}
BASES = {
    "measured": ("", "what the same job took before, or the median of such jobs"),
    "model": ("≈", "by the cost model of docs/scale.md, start-up left out, where no job has been measured yet"),
    "bound": ("≤", "the time asked for, where no job has been measured yet: most jobs take far less"),
}
FINGERPRINT = re.compile(r"'[0-9a-f]{32}'")


@dataclass(frozen=True)
class Row:
    """Jobs of one rule that run for the same reasons, for the same studies."""

    studies: tuple[str, ...]
    rule: str
    causes: tuple[str, ...]
    n_jobs: int
    hours: float
    basis: str
    gpu: bool


@contextmanager
def opened(arguments: Sequence[str]) -> Iterator[Workflow]:
    """The workflow with its graph of jobs, as Snakemake sees it with these command-line arguments."""
    _, given = parse_args(arguments)
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as snakemake:
        api = snakemake.workflow(
            resource_settings=ResourceSettings(cores=1, default_resources=given.default_resources),
            config_settings=ConfigSettings(config=parse_config(given.config), configfiles=given.configfile or ()),
            deployment_settings=DeploymentSettings(deployment_method=given.software_deployment_method),
            snakefile=given.snakefile,
            workdir=given.directory,
        )
        api.dag(
            DAGSettings(
                targets=given.targets,
                forceall=given.forceall,
                forcerun=given.forcerun,
                until=given.until,
                force_incomplete=True,
                rerun_triggers=given.rerun_triggers,
            )
        )
        found = api._workflow
        found._prepare_dag(forceall=given.forceall, ignore_incomplete=False, lock_warn_only=True)
        found._build_dag()
        yield found


def rows(found: Workflow) -> list[Row]:
    """What is to run, grouped, in the order of the rules."""
    studies, seconds = _studies(found), _predictions(found)
    groups = defaultdict(list)
    for job in found.dag.needrun_jobs():
        if not job.is_norun:
            groups[studies[job], job.rule.name, causes(found, job)].append(job)
    order = {rule.name: place for place, rule in enumerate(found.rules)}
    first = defaultdict(lambda: len(order))  # what several studies share comes before what only they need
    for served, rule, _ in groups:
        first[served] = min(first[served], order[rule])
    found_rows = []
    for key, jobs in sorted(groups.items(), key=lambda group: (first[group[0][0]], group[0][0], order[group[0][1]])):
        expected, (basis, *_) = zip(*map(seconds, jobs), strict=True)
        found_rows.append(Row(*key, len(jobs), sum(expected) / 3600, basis, "gpu" in jobs[0].rule.resources))
    return found_rows


def causes(found: Workflow, job: Job) -> tuple[str, ...]:
    """Why a job has to run, each a key of `CAUSES`.

    Of a job that follows another one Snakemake says only that. Here its own changes come first, and it follows only
    where it has none.
    """
    reason, records = found.dag.reason(job), found.persistence
    # Snakemake records the values of parameters without their names; code has the form of a fingerprint.
    change = records.params_changed(job)
    differing = change.only_old | change.only_new if change else set()
    code = {value for value in differing if FINGERPRINT.fullmatch(value)}
    named = {
        "missing": reason.missing_output,
        "unfinished": reason.incomplete_output,
        "code": code,
        "parameters": differing - code,
        "inputs": reason.updated_input or any(records.input_changed(job)),
        "software": any(records.software_stack_changed(job)),
    }
    return tuple(name for name, holds in named.items() if holds) or ("follows",)


def _studies(found: Workflow) -> dict[Job, tuple[str, ...]]:
    """The studies that each job serves: the target rules that ask for its output or for what follows from it."""
    dag: DAG = found.dag
    makers = {str(file): job for job in dag.jobs for file in job.output}
    serving = defaultdict(list)
    for rule in found.rules:
        if rule.norun and rule.name != found.default_target:
            wanted = [makers[file] for file in map(str, rule.input) if file in makers]
            for job in dag.bfs(dag.dependencies, *wanted):
                serving[job].append(rule.name)
    return {job: tuple(serving[job]) for job in dag.jobs}


def _predictions(found: Workflow) -> Callable[[Job], tuple[float, str]]:
    """How long a job will take, in seconds, and on what that rests, a key of `BASES`."""
    measured = Measured(found.config["name"])

    def of_job(job: Job) -> tuple[float, str]:
        seconds, basis = predicted(job, measured, found.config, on_gpu=True)
        return (60 * job.resources.runtime, "bound") if seconds is None else (seconds, basis)

    return of_job


def report(plan: Sequence[Row]) -> str:
    """The plan as a table, what it sums to and what its words mean."""
    if not plan:
        return "Nothing to do: every result is up to date."
    lines = [("study", "rule", "jobs", "hours", "why")]
    for row in plan:
        lines.append((", ".join(row.studies) or "–", row.rule, str(row.n_jobs), _hours([row]), ", ".join(row.causes)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    by_study = defaultdict(list)
    for row in plan:
        for study in (*row.studies, "in all") if row.studies else ("in all",):
            by_study[study].append(row)
    totals = [_total(study, rows_of) for study, rows_of in by_study.items() if study != "in all"]
    totals.append(_total("in all", by_study["in all"]))
    notes = [
        f"{mark}: {words}" for basis, (mark, words) in BASES.items() if mark and any(row.basis == basis for row in plan)
    ]
    words = [f"{cause}: {meaning}" for cause, meaning in CAUSES.items() if any(cause in row.causes for row in plan)]
    return "\n".join([*table, "", *totals, "", *notes, *words])


def _total(name: str, plan: Sequence[Row]) -> str:
    """What is known of a study's time; what only has a bound is told apart, since the bound says little of the time."""
    known, bound = ([row for row in plan if (row.basis == "bound") == unsure] for unsure in (False, True))
    gpu, cpu = [row for row in known if row.gpu], [row for row in known if not row.gpu]
    total = f"{name}: {_number(plan)} jobs, {_hours(gpu)} hours on a GPU, {_hours(cpu)} without one"
    unknown = f"; {_number(bound)} of them, never timed here, ask for {_hours(bound)} hours"
    return total + (unknown if bound else "")


def _number(plan: Sequence[Row]) -> str:
    return f"{sum(row.n_jobs for row in plan):,}"


def _hours(plan: Sequence[Row]) -> str:
    """Their sum, marked by the least certain of what it rests on."""
    bases = {row.basis for row in plan}
    mark = next((mark for basis, (mark, _) in reversed(BASES.items()) if basis in bases and mark), "")
    return f"{mark} {sum(row.hours for row in plan):,.2f}".strip()


def main(arguments: Sequence[str]) -> None:
    """Print the plan."""
    try:
        with opened(arguments) as found:
            print(report(rows(found)))
    except Exception as error:
        print_exception(error)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
