"""Train one run."""

from pathlib import Path

from rote.job import job
from rote.training.run import train_run

with job(snakemake) as provenance:
    train_run(
        run=snakemake.params.name,
        spec=snakemake.params.spec,
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        labels=Path(snakemake.input.labels),
        history=Path(snakemake.output.history),
        checkpoints=Path(snakemake.output.checkpoints),
        folder=Path(snakemake.output.checkpoints).with_suffix(""),
        study_seed=snakemake.params.study_seed,
        threads=snakemake.threads,
        provenance=provenance,
    )
