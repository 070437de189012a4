"""Take a run's history and checkpoints from the stack that it was trained in."""

from pathlib import Path

from rote.job import job
from rote.training.stack_member import take_from_stack

with job(snakemake, __file__) as this:
    take_from_stack(
        snakemake.wildcards.run,
        stack_histories=Path(snakemake.input.histories),
        stack_checkpoints=Path(snakemake.input.checkpoints),
        spec=snakemake.params.spec,
        history=Path(snakemake.output.history),
        checkpoints=Path(snakemake.output.checkpoints),
        job=this,
    )
