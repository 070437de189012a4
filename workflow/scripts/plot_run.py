"""Draw one run: its errors, its epoch×epoch maps, its similarity to random networks."""

from pathlib import Path

from rote.figures.training_dynamics import plot_epoch_cka, plot_errors, plot_initialisation
from rote.job import job

with job(snakemake, __file__):
    tables = {name: Path(path) for name, path in snakemake.input.items()}
    pictures = [snakemake.output.errors, snakemake.output.epoch_cka, snakemake.output.initialisation]
    errors, epoch_cka, initialisation = zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True)
    title = snakemake.params.title
    history, chance = tables["history"], tables["chance"]

    plot_errors(history, *errors, title=title)
    plot_epoch_cka(tables["epoch_cka"], chance, history, tables["transitions"], *epoch_cka, title=title)
    plot_initialisation(tables["initialisation"], chance, history, *initialisation, title=title)
