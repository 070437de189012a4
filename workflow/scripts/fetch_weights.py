"""Find or download the weights of a pre-trained network, without its head."""

from pathlib import Path

from rote.job import job
from rote.training.pretrained import fetch_weights

with job(snakemake, __file__):
    params = snakemake.params
    fetch_weights(
        architecture=params.architecture,
        hub_identifier=params.hub_identifier,
        output=Path(snakemake.output[0]),
        copy=Path(params.local_copy) if params.local_copy else None,
    )
