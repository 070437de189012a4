"""Train a shard of memorization trials."""

from pathlib import Path

from rote.job import job
from rote.memorization.trials import train_trials

with job(snakemake) as provenance:
    first, end = snakemake.params.trials
    train_trials(
        name=snakemake.wildcards.trials,
        spec=snakemake.params.spec,
        first=first,
        count=end - first,
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        labels=Path(snakemake.input.labels),
        trials=Path(snakemake.output.trials),
        times=Path(snakemake.output.times),
        folder=Path(snakemake.output.trials).with_suffix(""),
        study_seed=snakemake.params.study_seed,
        threads=snakemake.threads,
        provenance=provenance,
    )
