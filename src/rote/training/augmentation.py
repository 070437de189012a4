"""Augmentation in batches, on the device, of raw pixels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from rote.config import augmentation


class Augmentation(augmentation.Augmentation):
    """A crop from the image padded with zeros, then a horizontal flip with probability ½."""

    @property
    def active(self) -> bool:
        """Whether it changes images at all."""
        return self.flip or self.crop_padding > 0

    def draw(self, n: int, generator: np.random.Generator, device: torch.device) -> "Draws":
        """Draw the crop and the flip of each of `n` examples, for one epoch."""
        corners = generator.integers(0, 2 * self.crop_padding + 1, size=(n, 2))
        flipped = generator.random(n) < (0.5 if self.flip else 0.0)
        return Draws(self.crop_padding, torch.from_numpy(corners).to(device), torch.from_numpy(flipped).to(device))


@dataclass(frozen=True)
class Draws:
    """What augmentation does to each example in one epoch.

    Attributes
    ----------
    padding : int
        In pixels.
    corners : Tensor
        Row and column of the crop's corner in the padded image, shape (n, 2), int64, from 0 to 2 · padding.
    flipped : Tensor
        Shape (n,), bool.
    """

    padding: int
    corners: Tensor
    flipped: Tensor

    def apply(self, images: Tensor, chosen: Tensor) -> Tensor:
        """Crop and flip a batch.

        Parameters
        ----------
        images : Tensor
            Raw pixels of the batch, shape (B, H, W, C).
        chosen : Tensor
            Which of the n examples they are, shape (B,), int64.

        Returns
        -------
        Tensor
            Shape (B, H, W, C). Padding is raw 0, which normalisation turns into −mean/std.
        """
        batch, height, width, _ = images.shape
        p, device = self.padding, images.device
        rows = self.corners[chosen, :1] + torch.arange(height, device=device)
        columns = self.corners[chosen, 1:] + torch.arange(width, device=device)
        columns = torch.where(self.flipped[chosen, None], columns.flip(1), columns)
        padded = pad(images, (0, 0, p, p, p, p))
        return padded[torch.arange(batch, device=device)[:, None, None], rows[:, :, None], columns[:, None, :]]
