"""Order in memory in which a network is trained: channels-last, unless one of its convolutions has no right kernel.

oneDNN's AVX2 kernel for the gradient of the weights of a 1×1 convolution with a stride, in channels-last layout, writes
beyond its buffer where a group has fewer than 8 input channels: one thread corrupts the heap, several threads give a
wrong gradient (https://github.com/uxlfoundation/oneDNN/issues/6035; oneDNN of torch 2.13 and 2.15). AVX-512 kernels are
right down to one channel. A network with such a convolution is trained in contiguous layout on every CPU, so that its
arithmetic does not depend on which kernels a machine has. Networks without one, and GPUs, are not concerned.
"""

import torch
from torch import nn

VECTOR = 8  # float32 numbers of an AVX2 register


def has_no_channels_last_kernel(module: nn.Module) -> bool:
    """Whether a layer is a convolution whose weights get a wrong gradient in channels-last layout on some CPUs."""
    return (
        isinstance(module, nn.Conv2d)
        and all(size == 1 for size in module.kernel_size)
        and any(step > 1 for step in module.stride)
        and module.in_channels // module.groups < VECTOR
    )


def training_layout(network: nn.Module, wanted: torch.memory_format, device: torch.device) -> torch.memory_format:
    """The order in memory to train a network in.

    Parameters
    ----------
    network : Module
    wanted : torch.memory_format
        What the recipe asks for.
    device : torch.device

    Returns
    -------
    torch.memory_format
        `wanted`, but contiguous on a CPU for a network with a convolution that has no right kernel in channels-last.
    """
    if device.type == "cpu" and any(map(has_no_channels_last_kernel, network.modules())):
        return torch.contiguous_format
    return wanted
