"""Make sure that a run's checkpoints lie there for one reader."""

from pathlib import Path

from rote.job import job
from rote.training.loans import lend_checkpoints

with job(snakemake, __file__) as this:
    lend_checkpoints(
        spec=snakemake.params.spec,
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        labels=Path(snakemake.input.labels),
        checkpoints=Path(snakemake.input.checkpoints),
        token=Path(snakemake.output[0]),
        job=this,
    )
