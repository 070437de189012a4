"""Draw the images of the manifolds of a set of representations."""

from pathlib import Path

from rote.geometry.images import draw_manifolds
from rote.job import job

with job(snakemake, __file__) as this:
    draw_manifolds(
        **{name: Path(path) for name, path in snakemake.input.items()},
        output=Path(snakemake.output[0]),
        **snakemake.params.drawing,
        job=this,
    )
