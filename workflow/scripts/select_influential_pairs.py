"""Select pairs of a training and a test example with high influence, by thresholds and at a false discovery rate."""

from pathlib import Path

from rote.job import job
from rote.memorization.select import Selection, select_pairs

with job(snakemake, __file__) as this:
    select_pairs(
        shards=[Path(path) for path in snakemake.input.shards],
        train=Path(snakemake.input.train),
        test=Path(snakemake.input.test),
        pairs=Path(snakemake.output.pairs),
        selections=Path(snakemake.output.selections),
        selection=Selection(snakemake.params.rate),
        job=this,
    )
