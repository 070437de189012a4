"""Draw what density bins have to do with memorization and robustness."""

from pathlib import Path

from rote.figures.certified_accuracy import plot_certified_accuracy
from rote.figures.density_bins import plot_density_bins
from rote.job import job

with job(snakemake, __file__):
    summaries, certified, accuracies = (
        dict(zip(snakemake.params.protocols, map(Path, paths), strict=True))
        for paths in (snakemake.input.summaries, snakemake.input.certified, snakemake.input.accuracies)
    )
    pictures = [snakemake.output.bins, snakemake.output.accuracy]
    bins, accuracy = zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True)
    title = snakemake.params.title

    plot_density_bins(summaries, certified, *bins, title=title)
    plot_certified_accuracy(accuracies, *accuracy, title=title)
