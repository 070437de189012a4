"""Train the runs of a stack together."""

from pathlib import Path

from rote.job import job
from rote.training.run_stack import Member, train_stack

with job(snakemake, __file__) as this:
    given, params = snakemake.input, snakemake.params
    train_stack(
        [Member(*one, Path(labels)) for *one, labels in zip(params.runs, params.specs, given.labels, strict=True)],
        train=Path(given.train),
        test=Path(given.test),
        histories=Path(snakemake.output.histories),
        checkpoints=Path(snakemake.output.checkpoints),
        job=this,
    )
