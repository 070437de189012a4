"""Find the transitions between a run's similarity blocks."""

from pathlib import Path

from rote import devices, tables
from rote.config.training_dynamics import Transitions
from rote.job import job
from rote.settings import parse
from rote.similarity.transitions import find_transitions
from rote.tables.training import HISTORY, perfect_fitting_epoch

with job(snakemake, __file__) as this:
    devices.pick(this.threads)
    find_transitions(
        Path(snakemake.input.rows),
        Path(snakemake.output.transitions),
        Path(snakemake.output.numbers),
        estimator=snakemake.params.cka["estimator"],
        batches=snakemake.params.cka["batches"],
        options=parse(Transitions, snakemake.params.transitions, "transitions"),
        perfect_fitting_epoch=perfect_fitting_epoch(tables.read(snakemake.input.history, HISTORY)),
        job=this,
    )
