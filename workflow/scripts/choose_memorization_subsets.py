"""Choose memorized, random and typical training examples."""

from pathlib import Path

from rote.density.subsets import choose_subsets
from rote.job import job

with job(snakemake, __file__) as this:
    choose_subsets(
        scores=Path(snakemake.input[0]),
        output=Path(snakemake.output[0]),
        threshold=snakemake.params.threshold,
        job=this,
    )
