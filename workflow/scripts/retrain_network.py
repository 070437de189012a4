"""Train a run's network further on the labels that its subspaces give, or on its own."""

from pathlib import Path

from rote.job import job
from rote.subspaces.retrain import Given, retrain

with job(snakemake, __file__) as this:
    given, params = snakemake.input, snakemake.params
    retrain(
        Given(*map(Path, (given.checkpoints, given.train, given.test, given.labels, given.test_parts))),
        Path(snakemake.output[0]),
        spec=params.spec,
        patience=params.patience,
        short=params.short,
        job=this,
    )
