"""What a network costs: its parameters and the multiplications of a forward pass."""

from copy import deepcopy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameter_count(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def multiply_adds(model: nn.Module, image_shape: tuple[int, int, int]) -> int:
    """Multiply-adds of one image's forward pass: convolutions and matrix products (attention's too), nothing else.

    Parameters
    ----------
    model : Module
        Maps images (B, C, H, W) to logits. Nothing is computed and nothing of it changes.
    image_shape : tuple of int
        (H, W, C).

    Returns
    -------
    int
    """
    height, width, channels = image_shape
    shapes_only = deepcopy(model).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        shapes_only(torch.empty(1, channels, height, width, device="meta"))
    return int(counter.get_total_flops()) // 2  # the counter takes a multiply-add for two operations
