"""Stitch the fronts of several networks to the tail of one, at every cut."""

from pathlib import Path

from rote.job import job
from rote.stitching.run import Outputs, stitch_into

with job(snakemake, __file__) as this:
    given, made, runs = snakemake.input, snakemake.output, snakemake.params.runs
    stitch_into(
        checkpoints=dict(zip(runs, map(Path, given.checkpoints), strict=True)),
        labels=dict(zip(snakemake.params.noisy, map(Path, given.labels), strict=True)),
        train=Path(given.train),
        test=Path(given.test),
        outputs=Outputs(*map(Path, (made.stitches, made.predictions, made.similarity))),
        what=snakemake.params.what,
        memory=snakemake.config["stitching"]["memory_mb"] * 10**6,
        job=this,
    )
