"""Delete a run's checkpoints, all but the last, once every reader is done."""

from pathlib import Path

from rote.job import job
from rote.training.drop import drop_checkpoints

with job(snakemake, __file__):
    drop_checkpoints(Path(snakemake.input.checkpoints), Path(snakemake.params.tokens), Path(snakemake.output[0]))
