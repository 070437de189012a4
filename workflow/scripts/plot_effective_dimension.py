"""Draw the effective dimension of a run's representations against epoch."""

from rote.figures.effective_dimension import plot_effective_dimension
from rote.figures.style import save
from rote.job import job
from rote.tables.dynamics import EFFECTIVE_DIMENSIONS
from rote.tables.frames import gather
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    dimensions = gather(snakemake.input.dimensions, EFFECTIVE_DIMENSIONS)
    history = gather(snakemake.input.history, HISTORY)
    figure = plot_effective_dimension(dimensions, history, title=snakemake.params.title)
    save(figure, snakemake.output.figure)
