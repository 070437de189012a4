"""Record a set of representations of a run's networks."""

from pathlib import Path

from rote.job import job
from rote.representations.record import record_representations

with job(snakemake, __file__) as this:
    given = snakemake.input
    record_representations(
        checkpoints=Path(given.checkpoints),
        images=[Path(given.images), Path(given.test)] if given.test else Path(given.images),
        drawn=Path(given.drawn) if given.drawn else None,
        labels=Path(given.labels) if given.labels else None,
        history=Path(given.history) if given.history else None,
        output=Path(snakemake.output[0]),
        what=snakemake.params.what,
        job=this,
    )
