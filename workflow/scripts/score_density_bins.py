"""Let every network that was trained without a density bin classify it, and describe the bins."""

from pathlib import Path

from rote.job import job
from rote.memorization.held_out import NetworkWithout, describe_bins, score_bins

with job(snakemake, __file__) as this:
    given, bins = snakemake.input, Path(snakemake.input.bins)
    networks = [
        NetworkWithout(number, *map(Path, files))
        for number, files in enumerate(zip(given.subsets, given.checkpoints, snakemake.output.held_out, strict=True))
    ]
    score_bins(networks, bins=bins, train=Path(given.train), labels=Path(given.labels), job=this)
    describe_bins(
        bins=bins,
        scores=Path(given.scores),
        groups=Path(given.groups),
        held_out=[network.output for network in networks],
        output=Path(snakemake.output.summary),
        job=this,
    )
