"""The jobs that made the results, from what each table says of its origin.

A record is the word of whoever wrote the table, a forger's too. So the workflow says which rule makes a table, by which
script and whether on a GPU, and no record may say otherwise; inputs, outputs and parameters are the record's.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen

from rote import tables
from rote.errors import RoteError, TableError
from rote.review.agreement import Agreement, skipped
from rote.review.digests import paths_of_tables
from rote.review.forms import Files, Values
from rote.review.jobs import Job
from rote.review.timings import measured
from rote.settings import parse

KIND, PART = "record", "origin"
REPORTS = ("timings.parquet", "verification.parquet")  # on the results as they lie: no job of the study makes them


@dataclass(frozen=True)
class Rule:
    """What the workflow says of a rule.

    Attributes
    ----------
    script : str
        Name of its script, without suffix.
    tables : tuple of str
        Regular expressions of the tables that it makes; their groups are its wildcards.
    benchmark : str
        Path of a job's benchmark file, wildcards in braces.
    gpu : bool
        Whether its jobs ask for a GPU.
    """

    script: str
    tables: tuple[str, ...]
    benchmark: str
    gpu: bool

    def wildcards(self, table: Path) -> dict[str, str] | None:
        """Wildcards of the job that makes a table, None where the rule does not make it."""
        for pattern in self.tables:
            if found := re.fullmatch(pattern, str(table)):
                return found.groupdict()
        return None


@dataclass(frozen=True)
class Record:
    """What a table says of the job that made it, see `rote.job.Job`."""

    rule: str
    script: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    params: Mapping[str, Any]
    wildcards: Mapping[str, Any]
    log: Annotated[tuple[str, ...], MinLen(1)]
    threads: int = field(default=1, compare=False)  # on record once a device was asked for: not in an earlier table


@dataclass(frozen=True)
class _Made:
    """A table with what makes it by the workflow."""

    path: Path
    declared: Path  # the output: the table, or the one beside the folder in which the table lies
    rule: str
    wildcards: dict[str, str]


def recorded_jobs(
    results: Path, *, rules: Mapping[str, Rule], scripts: Path, config: Mapping[str, Any], study_seed: int
) -> tuple[list[Job], list[Agreement]]:
    """Gather the tables of a folder into the jobs that made them.

    Parameters
    ----------
    results : Path
        Folder of the results, in the form in which records name it, relative to the working folder.
    rules : mapping of str to Rule
        Those of the workflow that make tables, by name.
    scripts : Path
        Folder of their scripts.
    config : mapping
        From which scripts read what changes no result.
    study_seed : int
        The parameter ``study_seed`` of every job that has one.

    Returns
    -------
    jobs : list of Job
        In the order of their tables. A job of which a table's record is missing, or at odds with the workflow or with
        another table of the job, is left out.
    agreements : list of Agreement
        One for each table but `REPORTS`, in the order of their names, with difference 0 or 1. A table that no rule
        makes, or that a killed job left, is skipped.

    Raises
    ------
    DataError
        If a benchmark file is damaged.
    """
    found, of_job = [], defaultdict(list)
    for path in paths_of_tables(results):
        name = str(path.relative_to(results))
        if name in REPORTS:
            continue
        made = _made(path, rules)
        if made is None:
            found.append(_unmade(path, name))
        elif made.declared != path and not made.declared.is_file():
            found.append(skipped(KIND, name, PART, f"{made.declared}, of which it is a part, was not finished"))
        else:
            of_job[(made.rule, *sorted(made.wildcards.items()))].append(made)
    jobs = []
    for own in of_job.values():
        own.sort(key=lambda made: made.path != made.declared)  # what differs from an output is named, not the output
        records, notes = _records(own, rules[own[0].rule], results, study_seed)
        names = [str(made.path.relative_to(results)) for made in own]
        found += [
            Agreement(KIND, name, PART, 1, float(bool(note)), 0.0, note)
            for name, note in zip(names, notes, strict=True)
        ]
        if not any(notes):
            jobs.append(_job(records, rules[own[0].rule], scripts, config))
    return jobs, sorted(found, key=lambda one: one.table)


def _made(path: Path, rules: Mapping[str, Rule]) -> _Made | None:
    """Which rule makes a table, or the one beside the folder in which it lies; None where none does."""
    for declared in (path, Path(f"{path.parent}.parquet")):
        for name, rule in rules.items():
            wildcards = rule.wildcards(declared)
            if wildcards is not None:
                return _Made(path, declared, name, wildcards)
    return None


def _unmade(path: Path, name: str) -> Agreement:
    """What is said of a table that no rule makes: it has a record, but of another configuration."""
    try:
        _read(path)
    except RoteError as error:
        return Agreement(KIND, name, PART, 1, 1.0, 0.0, str(error))
    return skipped(KIND, name, PART, "no rule makes it by this configuration")


def _records(own: Sequence[_Made], rule: Rule, results: Path, study_seed: int) -> tuple[list[Record], list[str]]:
    """Records of a job's tables, and what is wrong with each, if anything is."""
    records: list[Record] = []
    notes = []
    for made in own:
        try:
            record = _read(made.path)
            faults = list(_faults(record, made, rule, results, study_seed))
            if records and record != records[0]:
                faults.append(f"it says otherwise of its job than {own[0].path} does")
            records.append(record)
            notes.append("; ".join(faults))
        except RoteError as error:
            notes.append(str(error))
    return records, notes


def _read(path: Path) -> Record:
    """A table's record.

    Raises
    ------
    TableError
        If it is missing or not of its form.
    """
    recorded = tables.provenance(path)
    names = [one.name for one in fields(Record)]
    try:
        record = parse(Record, {name: recorded[name] for name in names if name in recorded}, "its record")
        for files in (record.input, record.output):
            Files(files)
    except RoteError as error:
        raise TableError(f"{path} does not say which job made it: {error} Delete it and run again.") from error
    return record


def _faults(record: Record, made: _Made, rule: Rule, results: Path, study_seed: int) -> Iterator[str]:
    """Where a record is at odds with the workflow."""
    for what, said, known in (
        ("rule", record.rule, made.rule),
        ("script", record.script, rule.script),
        ("wildcards", record.wildcards, made.wildcards),
        ("study_seed", record.params.get("study_seed", study_seed), study_seed),
    ):
        if said != known:
            yield f"its record names {said} as its {what}, the workflow {known}"
    outputs = Files(record.output)
    if str(made.declared) not in outputs:
        yield f"its record names {', '.join(outputs) or 'nothing'} as output"
    for path in map(Path, [*outputs, *record.log]):
        if ".." in path.parts or not path.is_relative_to(results):
            yield f"its record has its job write {path}, outside of the results"


def _job(records: Sequence[Record], rule: Rule, scripts: Path, config: Mapping[str, Any]) -> Job:
    record, benchmark = records[0], Path(rule.benchmark.format_map(records[0].wildcards))
    return Job(
        rule=record.rule,
        script=str(scripts / f"{rule.script}.py"),
        input=Files(record.input),
        output=Files(record.output),
        params=Values(record.params),
        wildcards=Values(record.wildcards),
        config=config,
        log=record.log,
        threads=max(record.threads for record in records),
        seconds=measured(benchmark)["wall_time"] if benchmark.is_file() else None,
        gpu=rule.gpu,
    )
