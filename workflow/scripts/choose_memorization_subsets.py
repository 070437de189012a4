"""Choose memorized, random and typical training examples."""

from pathlib import Path

from rote.density.subsets import choose_subsets
from rote.job import job

with job(snakemake) as provenance:
    choose_subsets(
        scores=Path(snakemake.input[0]),
        output=Path(snakemake.output[0]),
        threshold=snakemake.params.threshold,
        owner=snakemake.wildcards.run,
        study_seed=snakemake.params.study_seed,
        provenance=provenance,
    )
