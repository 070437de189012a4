"""Draw memorization scores, the examples at both ends, and how the scores settle."""

from pathlib import Path

from rote.figures.memorization import plot_convergence, plot_examples, plot_scores
from rote.job import job

with job(snakemake, __file__):
    tables = {name: Path(path) for name, path in snakemake.input.items()}
    pictures = [snakemake.output.scores, snakemake.output.examples, snakemake.output.convergence]
    scores, examples, convergence = zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True)
    title = snakemake.params.title

    plot_scores(tables["scores"], tables["labels"], tables["corruption"], *scores, title=title)
    plot_examples(tables["scores"], tables["labels"], tables["train"], *examples, title=title)
    plot_convergence(tables["convergence"], tables["precisions"], *convergence, title=title)
