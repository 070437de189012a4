"""Draw the capacity of manifolds against the share of random labels."""

from rote.figures.label_noise import plot_label_noise
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.geometry import CAPACITIES
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    given = snakemake.input
    figure = plot_label_noise(
        gather(given.capacities, CAPACITIES, by=["run"]),
        gather(given.history, HISTORY, by=["run"]),
        fractions=snakemake.params.fractions,
        title=snakemake.params.title,
    )
    save(figure, snakemake.output.figure)
