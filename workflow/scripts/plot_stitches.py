"""Draw the accuracies of stitched networks against the share of random labels."""

from rote.figures.stitches import plot_stitches
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.stitching import STITCHES

with job(snakemake, __file__):
    stitches = gather(snakemake.input, STITCHES, by=["repetition", "into"])
    save(plot_stitches(stitches, title=snakemake.params.title), snakemake.output.figure)
