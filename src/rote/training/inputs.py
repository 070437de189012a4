"""From raw pixels to a network's input: normalisation and noise."""

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor

from rote.config import noise


class Normalisation:
    """Pixels in [0, 1] minus their mean, over their standard deviation, per channel.

    Parameters
    ----------
    mean, std : sequence of float
        Per channel, in units of [0, 1].
    device : torch.device
    dtype : torch.dtype
        Of the result.
    memory_format : torch.memory_format
        Of the result.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        memory_format: torch.memory_format = torch.channels_last,
    ) -> None:
        means, self.std = (
            torch.tensor(values, dtype=torch.float64).view(-1, 1, 1) for values in (list(mean), list(std))
        )
        self.scale = (1 / (255 * self.std)).to(device, dtype)
        self.shift = (-means / self.std).to(device, dtype)
        self.dtype = dtype
        self.memory_format = memory_format

    def in_layout(self, memory_format: torch.memory_format) -> "Normalisation":
        """The same normalisation with results in another order in memory."""
        other = copy(self)
        other.memory_format = memory_format
        return other

    def __call__(self, images: Tensor) -> Tensor:
        """Normalise raw images, uint8 (B, H, W, C), to (B, C, H, W)."""
        pixels = images.permute(0, 3, 1, 2).to(self.dtype, memory_format=self.memory_format, copy=True)
        return pixels.mul_(self.scale).add_(self.shift)


class InputNoise(noise.InputNoise):
    """Gaussian noise added to a network's input, drawn anew for every batch.

    Its ``standard_deviation`` is in pixels of [0, 1], as if added before normalisation (Cohen et al. 2019), or in units
    of the normalised input.
    """

    def add(self, inputs: Tensor, normalisation: Normalisation, generator: torch.Generator) -> Tensor:
        """Add noise in place to normalised inputs (B, C, H, W); `generator` is on their device."""
        drawn = torch.empty_like(inputs).normal_(generator=generator)
        scale = 255 * normalisation.scale if self.units == "pixel" else torch.ones_like(normalisation.scale)
        return inputs.addcmul_(drawn, self.standard_deviation * scale)
