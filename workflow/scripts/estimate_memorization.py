"""Estimate the memorization of every training example, and how well it tells corrupted labels from correct ones."""

from pathlib import Path

from rote.job import job
from rote.memorization.corruption import separate_corrupted
from rote.memorization.estimate import estimate_scores

with job(snakemake, __file__) as this:
    scores = Path(snakemake.output.scores)
    shards = [Path(path) for path in snakemake.input.shards]
    estimate_scores(shards=shards, train=Path(snakemake.input.train), output=scores, job=this)
    separate_corrupted(
        scores=scores,
        labels=Path(snakemake.input.labels),
        output=Path(snakemake.output.corruption),
        job=this,
    )
