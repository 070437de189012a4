"""Draw one run: its errors, its epoch×epoch maps, its similarity to random networks."""

from rote.figures.style import save
from rote.figures.training_dynamics import plot_epoch_cka, plot_errors, plot_initialisation
from rote.job import job
from rote.tables.dynamics import CHANCE_CKA, INITIALISATION_CKA, TRANSITIONS
from rote.tables.frames import gather
from rote.tables.maps import gather_maps
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    found, pictures, title = snakemake.input, snakemake.output, snakemake.params.title
    history, chance = gather(found.history, HISTORY), gather(found.chance, CHANCE_CKA)
    maps, transitions = gather_maps(found.epoch_cka), gather(found.transitions, TRANSITIONS)
    initialisation = gather(found.initialisation, INITIALISATION_CKA)

    save(plot_errors(history, title=title), pictures.errors)
    save(plot_epoch_cka(maps, chance, history, transitions, title=title), pictures.epoch_cka)
    save(plot_initialisation(initialisation, chance, history, title=title), pictures.initialisation)
