"""Hold networks of several widths against the claims of paper 2."""

from pathlib import Path

from rote.claims.geometry.judge import judge_widths
from rote.job import job

with job(snakemake, __file__) as this:
    judge_widths(Path(snakemake.input[0]), Path(snakemake.output[0]), scope=snakemake.params.scope, job=this)
