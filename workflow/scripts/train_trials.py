"""Train a shard of memorization trials."""

from pathlib import Path

from rote.job import job
from rote.memorization.trials import train_trials

with job(snakemake, __file__) as this:
    train_trials(
        spec=snakemake.params.spec,
        numbers=range(*snakemake.params.trials),
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        labels=Path(snakemake.input.labels),
        trials=Path(snakemake.output.trials),
        times=Path(snakemake.output.times),
        job=this,
    )
