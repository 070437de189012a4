"""Train one run."""

from pathlib import Path

from rote.job import job
from rote.training.run import train_run

with job(snakemake, __file__) as this:
    train_run(
        spec=snakemake.params.spec,
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        labels=Path(snakemake.input.labels),
        history=Path(snakemake.output.history),
        checkpoints=Path(snakemake.output.checkpoints),
        job=this,
    )
