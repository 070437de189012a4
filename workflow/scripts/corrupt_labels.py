"""Corrupt the labels of a training set."""

from pathlib import Path

from rote.data.labels import corrupt_table
from rote.job import job

with job(snakemake, __file__) as this:
    scheme = dict(snakemake.params.scheme)
    file = scheme.pop("file", None)
    corrupt_table(
        Path(snakemake.input.train),
        Path(snakemake.output[0]),
        **scheme,
        file=Path(file) if file else None,
        index=int(snakemake.wildcards.label_seed),
        job=this,
    )
