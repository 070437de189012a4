"""Draw accuracies and sizes of class subspaces of an experiment's runs."""

from rote.figures.masc import plot_accuracies, plot_sizes
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.masc import MASC_ACCURACY, SUBSPACE_SIZES
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    given, title = snakemake.input, snakemake.params.title
    accuracy, history = gather(given.accuracy, MASC_ACCURACY, by=["run"]), gather(given.history, HISTORY, by=["run"])
    save(plot_accuracies(accuracy, history, title=title), snakemake.output.accuracies)
    save(plot_sizes(gather(given.sizes, SUBSPACE_SIZES, by=["run"]), title=title), snakemake.output.sizes)
