"""Compare how runs that differ in their seed alone group the classes, and draw it."""

from pathlib import Path

from rote.density.seeds import compare_seeds
from rote.figures.class_seeds import plot_class_seeds
from rote.figures.style import save
from rote.job import job
from rote.tables.density import GROUP_AGREEMENTS
from rote.tables.frames import gather

with job(snakemake, __file__) as this:
    agreements, titles = Path(snakemake.output.agreements), snakemake.params.titles

    compare_seeds(
        class_densities=[Path(path) for path in snakemake.input.class_densities],
        groups=[Path(path) for path in snakemake.input.groups],
        output=agreements,
        runs=list(titles),
        taps=snakemake.params.taps,
        job=this,
    )
    figure = plot_class_seeds(gather(agreements, GROUP_AGREEMENTS), titles=titles, title=snakemake.params.title)
    save(figure, snakemake.output.figure)
