"""Classify memorized, random and typical examples by density models fitted without them."""

from pathlib import Path

from rote.density.generative import classify_held_out
from rote.job import job

with job(snakemake, __file__) as this:
    classify_held_out(
        representations=Path(snakemake.input.representations),
        subsets=Path(snakemake.input.subsets),
        predictions=Path(snakemake.output.predictions),
        scores=Path(snakemake.output.scores),
        options=snakemake.params.options,
        job=this,
    )
