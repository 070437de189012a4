"""Certify the examples of some density bins, each by the smoothed network that was trained without it."""

from pathlib import Path

from rote.job import job
from rote.memorization.without_bin import without
from rote.robustness.bins import SmoothedNetwork, certify_bins

with job(snakemake, __file__) as this:
    given, params = snakemake.input, snakemake.params
    files = zip(params.bins, given.subsets, given.checkpoints, snakemake.output, strict=True)
    networks = [
        SmoothedNetwork(number, *map(Path, paths), this.for_part(without(number, snakemake.wildcards.protocol)))
        for number, *paths in files
    ]
    certify_bins(
        networks,
        bins=Path(given.bins),
        images=Path(given.train),
        most=params.most,
        certification=params.certification,
    )
