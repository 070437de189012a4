"""Measure capacity and geometry of the manifolds that were recorded of a run's networks."""

from pathlib import Path

from rote.geometry.measure import measure_capacity
from rote.job import job

with job(snakemake, __file__) as this:
    measure_capacity(
        blocks=Path(snakemake.input[0]),
        capacities=Path(snakemake.output.capacities),
        manifolds=Path(snakemake.output.manifolds),
        options=snakemake.params.options,
        job=this,
    )
