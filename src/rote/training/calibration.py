"""Batches from which the statistics of batch norms are estimated anew."""

from collections.abc import Iterator

import torch
from torch import Tensor

from rote.seeds import Seeds
from rote.training.evaluation import BATCH
from rote.training.examples import Examples
from rote.training.inputs import Normalisation


def calibration_batches(
    examples: Examples, normalisation: Normalisation, seeds: Seeds, index: int = 0
) -> Iterator[Tensor]:
    """All examples in random order, without augmentation or noise, in batches of about equal size.

    Parameters
    ----------
    examples : Examples
    normalisation : Normalisation
    seeds : Seeds
    index : int
        Number of the draw.

    Yields
    ------
    Tensor
        Inputs (B, C, H, W). A small last batch would count as much as the others, or have no variance.
    """
    order = torch.from_numpy(seeds.generator("recalibration", index).permutation(len(examples))).to(examples.device)
    for chosen in torch.tensor_split(order, -(-len(order) // BATCH[examples.device.type])):
        yield normalisation(examples.images[chosen])
