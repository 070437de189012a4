"""Draw where in depth the classes of memorized, random and typical examples arise."""

from pathlib import Path

from rote.figures.class_panels import per_panel
from rote.figures.fits_by_memorization import plot_generative_scores, plot_subset_divergences
from rote.job import job

with job(snakemake, __file__):
    panels = snakemake.params.protocols, snakemake.params.taps
    pictures = [snakemake.output.divergences, snakemake.output.generative_scores]
    divergences, scores = zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True)
    title = snakemake.params.title

    plot_subset_divergences(per_panel(snakemake.input.divergences, *panels), *divergences, title=title)
    plot_generative_scores(per_panel(snakemake.input.generative_scores, *panels), *scores, title=title)
