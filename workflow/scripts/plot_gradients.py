"""Draw the gradients of an experiment's runs, and their parts."""

from rote.figures.gradients import plot_norms, plot_parts, plot_ratios
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.gradients import LABEL_PARTS

with job(snakemake, __file__):
    parts, title = gather(snakemake.input, LABEL_PARTS, by=["run"]), snakemake.params.title
    save(plot_norms(parts, title=title), snakemake.output.norms)
    save(plot_parts(parts, title=title), snakemake.output.parts)
    save(plot_ratios(parts, title=title), snakemake.output.ratios)
