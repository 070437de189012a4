"""Correlate memorization scores with published ones, and draw the correlations."""

from pathlib import Path

from rote.figures.score_correlations import plot_score_correlations
from rote.figures.style import save
from rote.job import job
from rote.memorization.correlation import correlate_scores
from rote.tables.frames import gather
from rote.tables.memorization import SCORE_CORRELATIONS

with job(snakemake, __file__) as this:
    correlations = Path(snakemake.output.correlations)

    correlate_scores(
        scores=Path(snakemake.input.scores),
        published=[Path(path) for path in snakemake.input.references],
        output=correlations,
        references=snakemake.params.references,
        job=this,
    )
    figure = plot_score_correlations(gather(correlations, SCORE_CORRELATIONS), title=snakemake.params.title)
    save(figure, snakemake.output.figure)
