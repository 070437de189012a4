"""Estimate relative entropies between the density models of all ordered pairs of classes."""

from pathlib import Path

from rote.density.compare import compare_classes
from rote.job import job

with job(snakemake, __file__) as this:
    compare_classes(
        representations=Path(snakemake.input.representations),
        samples=Path(snakemake.input.samples),
        traces=Path(snakemake.input.traces),
        output=Path(snakemake.output[0]),
        tolerance=snakemake.params.tolerance,
        job=this,
    )
