"""Simulate the capacity of a run's manifolds."""

from pathlib import Path

from rote.geometry.simulate import simulate_capacity
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    simulate_capacity(
        checkpoints=Path(given.checkpoints),
        history=Path(given.history),
        images=[Path(given.train), Path(given.test)],
        drawn=Path(given.drawn),
        output=Path(snakemake.output[0]),
        how=snakemake.params.how,
        job=this,
    )
