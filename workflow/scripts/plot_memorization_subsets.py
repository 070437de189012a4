"""Draw where in depth the classes of memorized, random and typical examples arise."""

from rote.figures.fits_by_memorization import plot_generative_scores, plot_subset_divergences
from rote.figures.style import save
from rote.job import job
from rote.tables.density import GENERATIVE_SCORES, SUBSET_DIVERGENCES
from rote.tables.frames import gather

with job(snakemake, __file__):
    panel = ["protocol", "tap"]
    divergences = gather(snakemake.input.divergences, SUBSET_DIVERGENCES, panel, ["least_examples"])
    scores = gather(snakemake.input.generative_scores, GENERATIVE_SCORES, panel)
    drawn = {"taps": snakemake.params.taps, "title": snakemake.params.title}

    save(plot_subset_divergences(divergences, **drawn), snakemake.output.divergences)
    save(plot_generative_scores(scores, **drawn), snakemake.output.generative_scores)
