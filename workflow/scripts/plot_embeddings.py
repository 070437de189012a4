"""Draw images in the plane as the networks of a run see them."""

from rote.figures.embeddings import plot_embeddings
from rote.figures.style import save
from rote.job import job
from rote.tables.embedding import EMBEDDINGS, NEIGHBOUR_LABELS
from rote.tables.frames import gather

with job(snakemake, __file__):
    points = gather(snakemake.input.points, EMBEDDINGS)
    neighbours = gather(snakemake.input.neighbours, NEIGHBOUR_LABELS)
    save(plot_embeddings(points, neighbours, title=snakemake.params.title), snakemake.output.figure)
