"""Hold stitched networks against the claims of paper 3."""

from pathlib import Path

from rote.claims.stitching.judge import Convergence, Stitches, judge_stitching
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    judge_stitching(
        Stitches(list(map(Path, given.stitches)), list(map(Path, given.similarity))),
        list(map(Path, given.histories)),
        Path(snakemake.output[0]),
        convergence=Convergence(list(map(Path, given.cka)), list(map(Path, given.settling))),
        scope=snakemake.params.scope,
        job=this,
    )
