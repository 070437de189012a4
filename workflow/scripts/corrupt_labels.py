"""Corrupt the labels of a training set."""

from pathlib import Path

from rote.data.labels import corrupt_table
from rote.job import job

with job(snakemake) as provenance:
    scheme = dict(snakemake.params.scheme)
    file = scheme.pop("file", None)
    corrupt_table(
        Path(snakemake.input.train),
        Path(snakemake.output[0]),
        **scheme,
        file=Path(file) if file else None,
        study_seed=snakemake.params.study_seed,
        index=int(snakemake.wildcards.label_seed),
        provenance=provenance,
    )
