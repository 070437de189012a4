"""Draw runs side by side."""

from pathlib import Path

from rote.figures.training_dynamics import plot_comparison, plot_evolution
from rote.job import job

with job(snakemake, __file__):
    history, transitions, evolution = (
        [Path(path) for path in snakemake.input[name]] for name in ("history", "transitions", "evolution")
    )
    pictures = [snakemake.output.comparison, snakemake.output.evolution]
    comparison_files, evolution_files = zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True)
    titles, title = snakemake.params.titles, snakemake.params.title

    plot_comparison(titles, history, transitions, *comparison_files, title=title)
    plot_evolution(titles, history, evolution, *evolution_files, title=title)
