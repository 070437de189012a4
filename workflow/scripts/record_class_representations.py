"""Take a run's representations of all its training examples."""

from pathlib import Path

from rote.job import job
from rote.representations.record import record_class_representations

with job(snakemake, __file__) as this:
    params = snakemake.params
    record_class_representations(
        checkpoints=Path(snakemake.input.checkpoints),
        train=Path(snakemake.input.train),
        labels=Path(snakemake.input.labels),
        output=Path(snakemake.output[0]),
        taps=params.taps,
        epoch=params.epoch,
        job=this,
    )
