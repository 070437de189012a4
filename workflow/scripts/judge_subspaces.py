"""Hold an experiment against the claims of paper 4."""

from pathlib import Path

from rote.claims.masc.judge import judge_subspaces
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    judge_subspaces(
        list(map(Path, given.predictions)),
        list(map(Path, given.examples)),
        Path(snakemake.output[0]),
        retrained=list(map(Path, given.retrained)),
        scope=snakemake.params.scope,
        job=this,
    )
