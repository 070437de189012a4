"""A linear classifier of two classes, whose smoothed version and true radius are known, and its images."""

import torch
from torch import nn

from rote.training.inputs import Normalisation

CPU = torch.device("cpu")
SHAPE = (4, 4, 3)
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def normalisation(mean=MEAN, std=STD, dtype=torch.float64):
    return Normalisation(mean, std, CPU, dtype)


def images(n, seed=0):
    return torch.randint(0, 256, (n, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


class Linear(nn.Module):
    """Predicts class 1 where weight · input > threshold."""

    def __init__(self, weight, threshold=0.0):
        super().__init__()
        self.weight, self.threshold = weight, threshold

    def forward(self, inputs):
        score = (inputs * self.weight).sum((1, 2, 3)) - self.threshold
        return torch.stack([torch.zeros_like(score), score], 1)


def linear(seed=1):
    return Linear(torch.randn(3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)))


def keyed(seed=0):
    """Generators keyed by image and block."""
    return lambda image, block: torch.Generator().manual_seed((seed * 1009 + image) * 100_003 + block)
