"""Convert a data set's published files to tables of images and labels."""

from pathlib import Path

from rote.data.convert import convert
from rote.job import job

with job(snakemake, __file__) as this:
    convert(
        snakemake.wildcards.dataset,
        snakemake.params.options,
        manifest=Path(snakemake.input.sources),
        train=Path(snakemake.output.train),
        test=Path(snakemake.output.test),
        job=this,
    )
