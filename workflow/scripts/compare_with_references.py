"""Compare every epoch of a network with its last one and with a clean network's."""

from dataclasses import replace
from pathlib import Path

from rote.job import job
from rote.similarity.convergence import Outputs, compare_with_references

with job(snakemake, __file__) as this:
    given, made = snakemake.input, snakemake.output
    compare_with_references(
        Path(given.rows),
        Path(given.clean) if given.clean else None,
        Outputs(Path(made.cka), Path(made.settling)),
        **snakemake.params.how,
        job=replace(this, provenance={**this.provenance, **snakemake.params.role}),
    )
