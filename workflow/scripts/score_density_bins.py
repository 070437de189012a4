"""Let every network that was trained without a density bin classify it, and describe the bins."""

from pathlib import Path

from rote.job import job
from rote.memorization.held_out import describe_bins, score_bin

with job(snakemake, __file__) as this:
    subsets, checkpoints, outputs = (
        list(map(Path, paths))
        for paths in (snakemake.input.subsets, snakemake.input.checkpoints, snakemake.output.held_out)
    )

    for bin_number, (subset, manifest, output) in enumerate(zip(subsets, checkpoints, outputs, strict=True)):
        score_bin(
            checkpoints=manifest,
            subset=subset,
            train=Path(snakemake.input.train),
            labels=Path(snakemake.input.labels),
            bins=Path(snakemake.input.bins),
            bin_number=bin_number,
            output=output,
            job=this,
        )
    describe_bins(
        bins=Path(snakemake.input.bins),
        scores=Path(snakemake.input.scores),
        groups=Path(snakemake.input.groups),
        held_out=outputs,
        output=Path(snakemake.output.summary),
        job=this,
    )
