"""Draw how networks do after they are trained further, and what their relabelling corrected and broke."""

from rote.figures.retraining import plot_retraining
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.masc import MASC_ACCURACY, RELABELLING, RETRAINING

with job(snakemake, __file__):
    given = snakemake.input
    retrained = gather(given.retrained, RETRAINING, by=["run", "retrained"])
    counts = gather(given.counts, RELABELLING, by=["run", "retrained"])
    accuracy = gather(given.accuracy, MASC_ACCURACY, by=["run"])
    save(plot_retraining(retrained, counts, accuracy, title=snakemake.params.title), snakemake.output.figure)
