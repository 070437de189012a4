"""Draw memorization scores, the examples at both ends, and how the scores settle."""

from rote.data.chosen_images import load_chosen
from rote.figures.memorization import examples_at_both_ends, plot_convergence, plot_examples, plot_scores
from rote.figures.style import save
from rote.job import job
from rote.tables.data import LABELS
from rote.tables.frames import gather
from rote.tables.memorization import CONVERGENCE, CORRUPTION, PRECISIONS, SCORES

with job(snakemake, __file__):
    found, pictures, title = snakemake.input, snakemake.output, snakemake.params.title
    scores, labels = gather(found.scores, SCORES), gather(found.labels, LABELS)
    examples = examples_at_both_ends(scores, labels)
    images = load_chosen(found.train, examples.index)
    convergence, precisions = gather(found.convergence, CONVERGENCE), gather(found.precisions, PRECISIONS)

    save(plot_scores(scores, labels, gather(found.corruption, CORRUPTION), title=title), pictures.scores)
    save(plot_examples(examples, images, title=title), pictures.examples)
    save(plot_convergence(convergence, precisions, title=title), pictures.convergence)
