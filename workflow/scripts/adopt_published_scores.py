"""Write scores that others have published in the form of estimated ones."""

from pathlib import Path

from rote.job import job
from rote.memorization.published import adopt_published_scores

with job(snakemake, __file__) as this:
    adopt_published_scores(
        file=Path(snakemake.config.get("data_root") or "data", snakemake.params.file),
        train=Path(snakemake.input[0]),
        output=Path(snakemake.output[0]),
        field=snakemake.params.field,
        expected_checksum=snakemake.params.checksum,
        job=this,
    )
