"""Describe the certificates of every density bin, and the certified accuracy at given radii."""

from pathlib import Path

from rote.job import job
from rote.robustness.bins import describe_certificates

with job(snakemake, __file__) as this:
    describe_certificates(
        certificates=list(map(Path, snakemake.input.certificates)),
        labels=Path(snakemake.input.labels),
        output=Path(snakemake.output.bins),
        accuracies=Path(snakemake.output.accuracies),
        radii=snakemake.params.radii,
        job=this,
    )
