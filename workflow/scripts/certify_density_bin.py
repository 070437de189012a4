"""Certify the examples of a density bin by the smoothed network that was trained without it."""

from pathlib import Path

from rote.job import job
from rote.robustness.bins import certify_bin

with job(snakemake, __file__) as this:
    certify_bin(
        bins=Path(snakemake.input.bins),
        bin_number=int(snakemake.wildcards.bin),
        subset=Path(snakemake.input.subset),
        most=snakemake.params.most,
        checkpoints=Path(snakemake.input.checkpoints),
        images=Path(snakemake.input.train),
        output=Path(snakemake.output[0]),
        certification=snakemake.params.certification,
        job=this,
    )
