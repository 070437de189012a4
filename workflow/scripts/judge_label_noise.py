"""Hold experiments that differ in their share of random labels against the claims of paper 2."""

from pathlib import Path

from rote.claims.geometry.judge import judge_label_noise
from rote.job import job

with job(snakemake, __file__) as this:
    given, params = snakemake.input, snakemake.params
    judge_label_noise(
        list(map(Path, given.capacities)),
        list(map(Path, given.history)),
        Path(snakemake.output[0]),
        fractions=params.fractions,
        seeds=params.seeds,
        scope=params.scope,
        job=this,
    )
