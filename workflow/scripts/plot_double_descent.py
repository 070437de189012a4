"""Draw error and geometry of networks of several widths against their number of parameters."""

from rote.figures.double_descent import plot_double_descent
from rote.figures.style import save
from rote.job import job
from rote.tables.double_descent import WIDTHS
from rote.tables.frames import gather

with job(snakemake, __file__):
    figure = plot_double_descent(gather(snakemake.input[0], WIDTHS), title=snakemake.params.title)
    save(figure, snakemake.output.figure)
