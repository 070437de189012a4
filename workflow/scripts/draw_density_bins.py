"""Put training examples into equal bins by log density, and write the training sets that leave one out."""

from pathlib import Path

from rote.data.images import load_true_labels
from rote.job import job
from rote.memorization.bins import write_bins, write_held_out_subset

with job(snakemake, __file__) as this:
    bins, subsets = Path(snakemake.output.bins), list(map(Path, snakemake.output.subsets))
    n_examples = len(load_true_labels(Path(snakemake.input.train)))

    write_bins(
        example_densities=Path(snakemake.input.example_densities),
        output=bins,
        n_bins=len(subsets),
        job=this,
    )
    for bin_number, subset in enumerate(subsets):
        write_held_out_subset(bins=bins, bin_number=bin_number, n_examples=n_examples, output=subset, job=this)
