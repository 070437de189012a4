"""Multilayer perceptron: fully connected layers with ReLUs on flattened images.

Stephenson et al., "On the geometry of generalization and memorization in deep neural networks" (2021), table 1: five
hidden layers of 1,024 units. Those of Ketha & Ramaswamy, "Decoding generalization from memorization in deep neural
networks", have 128, 512, 2,048 and 2,048.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from rote.models.chain import Chain, layer


def build(
    image_shape: tuple[int, int, int], n_classes: int, depth: int, width: int, hidden: Sequence[int] | None
) -> Chain:
    """Multilayer perceptron for images of one size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C). Images are flattened to vectors of H · W · C numbers, channel by channel.
    n_classes : int
    depth : int
        Number of hidden layers.
    width : int
        Units of each.
    hidden : sequence of int, optional
        Units of the hidden layers one by one, in place of `depth` and `width`.

    Returns
    -------
    Chain
        Taps, all of them cut points: `layer_1` … (after the ReLU), `fully_connected` (the logits). Weights start as
        PyTorch draws them by default.
    """
    sizes = [math.prod(image_shape), *(hidden or [width] * depth)]
    layers = [
        layer(flatten=nn.Flatten(), linear=nn.Linear(before, after), relu=nn.ReLU())
        for before, after in pairwise(sizes)
    ]
    return Chain(layers, nn.Linear(sizes[-1], n_classes))
