"""Draw what density bins have to do with memorization and robustness."""

from rote.figures.certified_accuracy import plot_certified_accuracy
from rote.figures.density_bins import plot_density_bins
from rote.figures.style import save
from rote.job import job
from rote.tables.bins import BIN_SUMMARY, CERTIFIED_ACCURACY, CERTIFIED_BINS
from rote.tables.frames import gather

with job(snakemake, __file__):
    summaries = gather(snakemake.input.summaries, BIN_SUMMARY, ["protocol"])
    certified = gather(snakemake.input.certified, CERTIFIED_BINS, ["protocol"], ["certification"])
    accuracies = gather(snakemake.input.accuracies, CERTIFIED_ACCURACY, ["protocol"], ["certification"])
    title = snakemake.params.title

    save(plot_density_bins(summaries, certified, title=title), snakemake.output.bins)
    save(plot_certified_accuracy(accuracies, title=title), snakemake.output.accuracy)
