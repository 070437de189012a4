"""Small networks, images and tables that the tests of training share."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from rote.seeds import Seeds
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from tests.unit import small_tables

CPU = torch.device("cpu")
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
SEEDS = Seeds(7, "a run")


def recipe(**changes):
    config = {"optimizer": {"name": "sgd", "learning_rate": 0.05}, "epochs": 2, "batch_size": 8}
    return Recipe.from_config(config | changes)


def network(seed=0, dtype=torch.float32, dropout=0.0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()]
        return nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(16, 3)).to(dtype)


def examples(n=20, seed=0, weights=None, size=6, label_seed=0):
    generator, noise = np.random.default_rng(seed), np.random.default_rng(label_seed)
    true = generator.integers(0, 3, n)
    permuted = noise.random(n) < 0.4
    labels = np.where(permuted, noise.integers(0, 3, n), true)
    # the mean brightness of a channel tells the class, so that there is something to learn
    pixels = generator.integers(0, 200, (n, size, size, 3)) + 55 * (np.arange(3) == true[:, None])[:, None, None, :]
    return Examples.on(CPU, pixels.astype(np.uint8), labels, true, permuted, weights)


def normalisation(dtype=torch.float32):
    return Normalisation(MEAN, STD, CPU, dtype)


def write_images(path: Path, part: Examples, split: str):
    described = {"split": split, "classes": ["red", "green", "blue"], "mean": MEAN, "std": STD}
    small_tables.write_images(path, part.images.numpy(), part.true_labels, **described)


def write_labels(path: Path, part: Examples, order=slice(None)):
    small_tables.write_labels(path, part.true_labels, part.labels, permuted=part.permuted, order=order)
