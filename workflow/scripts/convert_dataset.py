"""Convert a data set's published files to tables of images and labels."""

from pathlib import Path

from rote.data.convert import convert
from rote.job import job

with job(snakemake) as provenance:
    convert(
        snakemake.wildcards.dataset,
        snakemake.params.options,
        manifest=Path(snakemake.input.sources),
        train=Path(snakemake.output.train),
        test=Path(snakemake.output.test),
        study_seed=snakemake.params.study_seed,
        provenance=provenance,
    )
