"""Measure the parts of a run's gradients that depend on the labels and that do not."""

from pathlib import Path

from rote.gradients.run import measure_label_parts
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    measure_label_parts(
        checkpoints=Path(given.checkpoints),
        train=Path(given.train),
        labels=Path(given.labels),
        output=Path(snakemake.output[0]),
        how=snakemake.params.how,
        job=this,
    )
