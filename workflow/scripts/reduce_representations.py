"""Reduce the dimensions of one tap's representations."""

from pathlib import Path

from rote.job import job
from rote.representations.reduce import reduce_representations

with job(snakemake, __file__) as this:
    reduce_representations(
        Path(snakemake.input[0]),
        Path(snakemake.output.reduced),
        Path(snakemake.output.variance),
        tap=snakemake.params.tap,
        dimensions=snakemake.params.dimensions,
        job=this,
    )
