"""Fit a density model to the representations of every class."""

from pathlib import Path

from rote.density.fit import fit_classes
from rote.job import job

with job(snakemake, __file__) as this:
    fit_classes(
        representations=Path(snakemake.input[0]),
        samples=Path(snakemake.output.samples),
        traces=Path(snakemake.output.traces),
        options=snakemake.params.options,
        job=this,
    )
