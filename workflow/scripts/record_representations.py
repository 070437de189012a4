"""Take the representations of a run's checkpoints and of unrelated random networks."""

from pathlib import Path

from rote.job import job
from rote.similarity.record import record_representations

with job(snakemake, __file__) as this:
    params = snakemake.params
    record_representations(
        checkpoints=Path(snakemake.input.checkpoints),
        test=Path(snakemake.input.test),
        batches=Path(snakemake.input.batches),
        output=Path(snakemake.output[0]),
        taps=params.taps,
        unrelated_initialisations=params.unrelated_initialisations,
        drop_checkpoints=snakemake.config["training_dynamics"]["drop_checkpoints"],
        job=this,
    )
