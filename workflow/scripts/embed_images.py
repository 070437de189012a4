"""Lay out images in the plane as a run's networks see them."""

from pathlib import Path

from rote.embedding.run import embed_images
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    embed_images(
        checkpoints=Path(given.checkpoints),
        history=Path(given.history),
        images=[Path(given.train), Path(given.test)],
        drawn=Path(given.drawn),
        points=Path(snakemake.output.points),
        neighbours=Path(snakemake.output.neighbours),
        how=snakemake.params.how,
        job=this,
    )
