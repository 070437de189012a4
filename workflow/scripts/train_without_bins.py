"""Train networks, each without a density bin."""

from pathlib import Path

from rote.job import job
from rote.memorization.without_bin import without
from rote.training.several import Planned, train_several

with job(snakemake, __file__) as this:
    given, params, protocol = snakemake.input, snakemake.params, snakemake.wildcards.protocol
    networks = [
        Planned(
            {**params.spec, "subset": subset},
            Path(manifest),
            this.for_part(without(number, protocol), bin=number),
            Path(given.labels),
        )
        for number, subset, manifest in zip(params.bins, given.subsets, snakemake.output, strict=True)
    ]
    train_several(networks, train=Path(given.train), test=Path(given.test))
