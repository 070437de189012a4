"""Find or download a data set's files and verify them."""

from pathlib import Path

from rote.data.fetch import fetch
from rote.job import job

with job(snakemake, __file__) as this:
    data_root = snakemake.config.get("data_root")
    fetch(
        snakemake.wildcards.dataset,
        snakemake.config["datasets"][snakemake.wildcards.dataset],
        data_root=Path(data_root) if data_root else None,
        folder=Path("data") / snakemake.wildcards.dataset,
        manifest=Path(snakemake.output[0]),
        job=this,
    )
