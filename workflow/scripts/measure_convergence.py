"""Measure how memorization scores settle as trials are added, and how many trials a wanted precision takes."""

from pathlib import Path

from rote.job import job
from rote.memorization.measure import measure_convergence

with job(snakemake, __file__) as this:
    params = snakemake.params
    measure_convergence(
        shards=[Path(path) for path in snakemake.input.shards],
        train=Path(snakemake.input.train),
        output=Path(snakemake.output.convergence),
        precisions=Path(snakemake.output.precisions),
        n_trials=params.n_trials,
        wanted_errors=params.wanted_errors,
        fraction=params.fraction,
        job=this,
    )
