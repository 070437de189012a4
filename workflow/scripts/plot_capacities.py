"""Draw the geometry of an experiment's manifolds layer by layer."""

from rote.figures.capacities import plot_capacities
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.geometry import CAPACITIES
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    given = snakemake.input
    figure = plot_capacities(
        gather(given.capacities, CAPACITIES, by=["run"]),
        gather(given.history, HISTORY, by=["run"]),
        title=snakemake.params.title,
    )
    save(figure, snakemake.output.figure)
