"""Gather error and geometry of networks of several widths."""

from pathlib import Path

from rote.geometry.double_descent import gather_widths
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    histories, manifests, capacities = (
        list(map(Path, paths)) for paths in (given.histories, given.manifests, given.capacities)
    )
    output, seeds = Path(snakemake.output[0]), snakemake.params.seeds
    gather_widths(histories, manifests, output, capacities=capacities, seeds=seeds, job=this)
