"""The layers of a network that have weights: convolutions and fully connected layers, each with its batch norm."""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from rote.models.network import Network


@dataclass(frozen=True)
class Layer:
    """A convolution or fully connected layer of a network."""

    module: str
    """Path of the submodule."""
    segment: str
    """Segment that it runs in (`Network.segments`)."""
    batch_norms: tuple[str, ...] = ()
    """Paths of its batch norms: of the one that normalises its output, and, in a pre-activation network, of the one
    that normalises a sum of shortcuts and comes before it."""


def layers_with_weights(network: Network, image_shape: tuple[int, int, int]) -> dict[str, Layer]:
    """Convolutions and fully connected layers, in the order in which they run.

    Parameters
    ----------
    network : Network
        Nothing is computed and nothing of it changes.
    image_shape : tuple of int
        (H, W, C).

    Returns
    -------
    dict of str to Layer
        By their paths. Every batch norm belongs to exactly one of them. Weights that are in neither kind of layer, such
        as those of attention, are left out.
    """
    height, width, channels = image_shape
    shapes_only = deepcopy(network).to("meta").eval()
    trace = _Trace()
    for path, module in shapes_only.named_modules():
        module.register_forward_hook(partial(trace.call, path))
    dtype = next(network.parameters()).dtype
    x = torch.empty(1, channels, height, width, dtype=dtype, device="meta")
    with torch.no_grad():
        for trace.segment, segment in shapes_only.segments().items():
            x = segment(x)
    return {
        path: Layer(path, segment, tuple(norm for norm, owner in trace.owners.items() if owner == path))
        for path, segment in trace.segments.items()
    }


class _Trace:
    """What runs, in its order, and to which layer each batch norm belongs."""

    def __init__(self) -> None:
        self.segment = ""
        self.segments: dict[str, str] = {}  # of each layer
        self.owners: dict[str, str] = {}  # of each batch norm
        self.outputs: list[tuple[str, Tensor]] = []  # of layers; kept, so that no later tensor takes an identity
        self.waiting: list[str] = []  # batch norms of a sum, whose layer is yet to come

    def call(self, path: str, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        """Take note of a module's call."""
        if isinstance(module, nn.Conv2d | nn.Linear):
            self.segments.setdefault(path, self.segment)
            self.outputs.append((path, output))
            self.owners |= dict.fromkeys(self.waiting, path)
            self.waiting.clear()
        elif isinstance(module, _BatchNorm):
            owner = next((layer for layer, output in self.outputs if output is inputs[0]), None)
            if owner is None:
                self.waiting.append(path)
            else:
                self.owners[path] = owner
