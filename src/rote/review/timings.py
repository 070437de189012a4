"""What jobs cost, collected into one table."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.tables.timings import TIMINGS

COLUMNS = {"wall_time": "s", "cpu_time": "cpu_time", "peak_memory": "max_rss"}


def collect_timings(*, benchmarks: Path, output: Path, job: Job) -> None:
    """Write what each job cost when it ran last.

    Parameters
    ----------
    benchmarks : Path
        Folder with Snakemake's benchmark files, ``RULE/WILDCARDS.tsv``.
    output : Path
        TIMINGS table to write, by rule and job.
    job : Job

    Raises
    ------
    DataError
        If there is no benchmark, or one is not of Snakemake's form.
    """
    paths = sorted(benchmarks.glob("*/**/*.tsv"))
    if not paths:
        raise DataError(f"{benchmarks} holds no benchmark of a job. Run the study first.")
    rows = []
    for path in paths:
        rule, *parts = path.relative_to(benchmarks).with_suffix("").parts
        rows.append({"rule": rule, "job": "/".join(parts), **measured(path)})
    columns = {
        column.name: pa.array([row[column.name] for row in rows], column.type, from_pandas=True)
        for column in TIMINGS.columns
    }
    tables.write(output, TIMINGS, columns, job.recorded())


def measured(benchmark: Path) -> dict[str, float]:
    """What a job cost when it ran last: `wall_time` and `cpu_time` in s, `peak_memory` in MB.

    Parameters
    ----------
    benchmark : Path
        Snakemake's file.

    Returns
    -------
    dict
        NaN for what was not measured.

    Raises
    ------
    DataError
        If the file is not of Snakemake's form.
    """
    with benchmark.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if not rows or not set(COLUMNS.values()) <= rows[-1].keys():
        raise DataError(f"{benchmark} is not a benchmark of Snakemake's. Delete it.")
    return {name: _number(rows[-1][column]) for name, column in COLUMNS.items()}


def _number(text: str) -> float:
    """NaN for what was not measured."""
    try:
        return float(text)
    except ValueError:
        return np.nan
