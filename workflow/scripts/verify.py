"""Compute a sample of the results again and compare it with what is on record."""

from pathlib import Path

from rote.job import job
from rote.review.verify import verify

with job(snakemake, __file__):
    results = Path(snakemake.params.results)
    table = results / "verification.parquet"

    found = verify(
        results,
        table,
        rules=snakemake.params.rules,
        scripts=Path(__file__).parent,
        verification=snakemake.params.verification,
        config=snakemake.config,
        study_seed=snakemake.params.study_seed,
    )
    print(f"{found}\nThe sample and every comparison: {table}")
    found.require_agreement()
