"""Draw the test images on which representations are compared."""

from pathlib import Path

from rote.job import job
from rote.similarity.batches import draw_batches

with job(snakemake, __file__) as this:
    draw_batches(
        Path(snakemake.input.test),
        Path(snakemake.output[0]),
        n_batches=snakemake.params.images["batches"],
        batch_size=snakemake.params.images.get("batch_size"),
        job=this,
    )
