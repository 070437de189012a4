"""Correlate memorization scores with published ones, and draw the correlations."""

from pathlib import Path

from rote.figures.score_correlations import plot_score_correlations
from rote.job import job
from rote.memorization.correlation import correlate_scores

with job(snakemake, __file__) as this:
    correlations = Path(snakemake.output.correlations)
    references = dict(zip(snakemake.params.references, map(Path, snakemake.input.references), strict=True))

    correlate_scores(
        scores=Path(snakemake.input.scores),
        references=references,
        output=correlations,
        job=this,
    )
    drawn = map(Path, [snakemake.output.figure, snakemake.output.vector])
    plot_score_correlations(correlations, *drawn, title=snakemake.params.title)
