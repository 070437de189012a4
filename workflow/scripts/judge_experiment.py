"""Hold an experiment against the claims of paper 2."""

from pathlib import Path

from rote.claims.geometry.judge import judge_experiment
from rote.job import job

with job(snakemake, __file__) as this:
    tables = {name: list(map(Path, snakemake.input[name])) for name in ("capacities", "gradients", "rewinding")}
    histories = list(map(Path, snakemake.input.histories))
    judge_experiment(histories, Path(snakemake.output[0]), **tables, scope=snakemake.params.scope, job=this)
