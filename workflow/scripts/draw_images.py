"""Draw the images of a data set that a set of representations is taken of."""

from pathlib import Path

from rote.job import job
from rote.representations.images import draw_images

with job(snakemake, __file__) as this:
    draw_images(Path(snakemake.input[0]), Path(snakemake.output[0]), **snakemake.params.drawing, job=this)
