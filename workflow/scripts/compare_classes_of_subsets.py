"""Estimate relative entropies between classes from memorized, random and typical examples alone."""

from pathlib import Path

from rote.density.subsets import subset_divergences
from rote.job import job

with job(snakemake, __file__) as this:
    subset_divergences(
        representations=Path(snakemake.input.representations),
        subsets=Path(snakemake.input.subsets),
        output=Path(snakemake.output[0]),
        options=snakemake.params.options,
        tolerance=snakemake.params.tolerance,
        least_examples=snakemake.params.least_examples,
        job=this,
    )
