"""Draw runs side by side."""

from rote.figures.style import save
from rote.figures.training_dynamics import plot_comparison, plot_evolution
from rote.job import job
from rote.tables.dynamics import EVOLUTION, TRANSITIONS
from rote.tables.frames import gather
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    history = gather(snakemake.input.history, HISTORY, ["run"])
    transitions = gather(snakemake.input.transitions, TRANSITIONS, ["run"])
    evolution = gather(snakemake.input.evolution, EVOLUTION, ["run"])
    names = {"titles": snakemake.params.titles, "title": snakemake.params.title}

    save(plot_comparison(history, transitions, **names), snakemake.output.comparison)
    save(plot_evolution(history, evolution, **names), snakemake.output.evolution)
