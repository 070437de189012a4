"""Draw the first pair of classes of a data set of spheres."""

import numpy as np
import pandas as pd

from rote.data.chosen_images import load_chosen
from rote.data.images import load_true_labels, read_header
from rote.figures.spheres import plot_spheres
from rote.figures.style import save
from rote.job import job

FEATURES = 5  # the axis of the pair, and four others as in the paper

with job(snakemake, __file__):
    header, labels = read_header(snakemake.input[0]), load_true_labels(snakemake.input[0])
    pair = np.flatnonzero(labels < 2)
    images = load_chosen(snakemake.input[0], pair)
    pixels = np.stack([images[int(example)].ravel()[:FEATURES] for example in pair])
    values = (pixels / 255 - header.mean[0]) / header.std[0]
    points = pd.DataFrame(values, columns=[f"feature {number}" for number in range(FEATURES)])
    points["class"] = [header.classes[label] for label in labels[pair]]
    save(plot_spheres(points, title=snakemake.params.title), snakemake.output.figure)
