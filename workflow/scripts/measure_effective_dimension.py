"""Measure the effective dimension of a run's representations, and of untrained networks'."""

from pathlib import Path

from rote.job import job
from rote.similarity.effective_dimension import measure_effective_dimension

with job(snakemake, __file__) as this:
    measure_effective_dimension(Path(snakemake.input[0]), Path(snakemake.output[0]), job=this)
