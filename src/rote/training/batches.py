"""The batches of an epoch: order, augmentation, normalisation, noise."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from rote.seeds import Seeds
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe


class Batch(NamedTuple):
    """What one step sees."""

    inputs: Tensor
    """(B, C, H, W), normalised"""
    labels: Tensor
    """(B,), int64"""
    weights: Tensor | None
    """(B,), None for 1 throughout"""


def steps_per_epoch(n: int, recipe: Recipe) -> int:
    """Number of batches of `n` examples."""
    return n // recipe.batch_size if recipe.drop_last else -(-n // recipe.batch_size)


def batches(
    examples: Examples, recipe: Recipe, normalisation: Normalisation, seeds: Seeds, epoch: int
) -> Iterator[Batch]:
    """Batches of one epoch.

    Parameters
    ----------
    examples : Examples
    recipe : Recipe
        Its batch size, order, augmentation and noise.
    normalisation : Normalisation
    seeds : Seeds
    epoch : int
        All draws are keyed by it.

    Yields
    ------
    Batch
        On the device of the examples.
    """
    n, device = len(examples), examples.device
    order = (
        torch.from_numpy(seeds.generator("batch order", epoch).permutation(n)) if recipe.shuffle else torch.arange(n)
    )
    order = order[: steps_per_epoch(n, recipe) * recipe.batch_size].to(device)
    draws = recipe.augmentation.draw(n, seeds.generator("augmentation", epoch), device)
    noise = torch.Generator(device).manual_seed(seeds.integer_seed("input noise", epoch))
    for chosen in torch.split(order, recipe.batch_size):
        images = examples.images[chosen]
        if recipe.augmentation.active:
            images = draws.apply(images, chosen)
        inputs = normalisation(images)
        if recipe.input_noise:
            recipe.input_noise.add(inputs, normalisation, noise)
        weights = None if examples.weights is None else examples.weights[chosen]
        yield Batch(inputs, examples.labels[chosen], weights)
