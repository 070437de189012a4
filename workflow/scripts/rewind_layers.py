"""Set each layer of a run's network back to earlier epochs, and measure the accuracies."""

from pathlib import Path

from rote.job import job
from rote.rewinding.run import rewind_layers

with job(snakemake, __file__) as this:
    given = snakemake.input
    rewind_layers(
        checkpoints=Path(given.checkpoints),
        train=Path(given.train),
        test=Path(given.test),
        labels=Path(given.labels),
        output=Path(snakemake.output[0]),
        how=snakemake.params.how,
        job=this,
    )
