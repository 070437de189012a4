"""Collect what jobs cost into one table."""

from pathlib import Path

from rote.job import job
from rote.review.timings import collect_timings

with job(snakemake, __file__) as this:
    results = Path(snakemake.params.results)
    collect_timings(benchmarks=results / "benchmarks", output=results / "timings.parquet", job=this)
