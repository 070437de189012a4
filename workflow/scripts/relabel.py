"""Relabel a run's training images by the class subspaces of its best layer."""

from pathlib import Path

from rote.job import job
from rote.subspaces.relabel import relabel

with job(snakemake, __file__) as this:
    given, found = snakemake.input, snakemake.output
    relabel(
        Path(given.accuracy),
        Path(given.predictions),
        Path(given.labels),
        Path(found.labels),
        Path(found.counts),
        how=snakemake.params.how,
        job=this,
    )
