"""Compare how runs that differ in their seed alone group the classes, and draw it."""

from pathlib import Path

from rote.density.seeds import compare_seeds
from rote.figures.class_seeds import plot_class_seeds
from rote.job import job

with job(snakemake, __file__) as this:
    params, agreements = snakemake.params, Path(snakemake.output.agreements)
    compare_seeds(
        class_densities=[Path(path) for path in snakemake.input.class_densities],
        groups=[Path(path) for path in snakemake.input.groups],
        output=agreements,
        runs=params.runs,
        protocols=params.protocols,
        taps=params.taps,
        job=this,
    )
    files = Path(snakemake.output.figure), Path(snakemake.output.vector)
    plot_class_seeds(agreements, *files, titles=params.titles, title=params.title)
