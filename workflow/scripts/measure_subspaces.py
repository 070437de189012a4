"""Classify images by class subspaces of the layers of a run's networks."""

from pathlib import Path

from rote.job import job
from rote.subspaces.measure import Given, Outputs, measure_subspaces

with job(snakemake, __file__) as this:
    given, found = snakemake.input, snakemake.output
    measure_subspaces(
        Path(given.checkpoints),
        Given(
            Path(given.train),
            Path(given.test),
            Path(given.labels),
            Path(given.test_parts),
            Path(given.reversed_labels) if given.reversed_labels else None,
        ),
        Outputs(*map(Path, (found.accuracy, found.predictions, found.sizes, found.angles, found.examples))),
        how=snakemake.params.how,
        job=this,
    )
