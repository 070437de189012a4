"""Draw claims with their intervals and verdicts."""

from rote.figures.claims import plot_claims
from rote.figures.style import save
from rote.job import job
from rote.tables.claims import CLAIMS
from rote.tables.frames import gather

with job(snakemake, __file__):
    figure = plot_claims(gather(snakemake.input[0], CLAIMS), title=snakemake.params.title)
    save(figure, snakemake.output.figure)
