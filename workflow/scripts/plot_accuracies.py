"""Draw the accuracies of an experiment's runs against epoch."""

from rote.figures.accuracies import plot_accuracies
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    figure = plot_accuracies(gather(snakemake.input, HISTORY, by=["run"]), title=snakemake.params.title)
    save(figure, snakemake.output.figure)
