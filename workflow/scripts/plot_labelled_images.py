"""Draw training images with the labels of training and of the analysis."""

from rote.data.chosen_images import load_chosen
from rote.data.images import read_header
from rote.figures.labelled_images import labelled_examples, plot_labelled_images
from rote.figures.style import save
from rote.job import job
from rote.tables.data import LABELS
from rote.tables.frames import gather

EXAMPLES = 4  # of each group, as in the paper

with job(snakemake, __file__) as this:
    given = snakemake.input
    classes = read_header(given.train).classes
    drawn = labelled_examples(gather(given.labels, LABELS), classes, EXAMPLES, this.generator("images of a figure"))
    images = load_chosen(given.train, drawn["example"])
    save(plot_labelled_images(drawn, images, title=snakemake.params.title), snakemake.output.figure)
