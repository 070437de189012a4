"""Divide a data set's test images into those that choices are made on and those that scores are of."""

from pathlib import Path

from rote.job import job
from rote.subspaces.split import split_test

with job(snakemake, __file__) as this:
    split_test(Path(snakemake.input[0]), Path(snakemake.output[0]), share=snakemake.params.share, job=this)
