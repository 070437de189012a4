"""Optimizers, each with its settings."""

from collections.abc import Iterable

import torch
from torch import nn

from rote.config import optimizers


class Adam(optimizers.Adam):
    """Adam (Kingma & Ba 2015, algorithm 1); weight decay is an L2 term of the gradient."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters."""
        return torch.optim.Adam(parameters, self.learning_rate, self.betas, self.epsilon, self.weight_decay, fused=True)


class Sgd(optimizers.Sgd):
    """Stochastic gradient descent, with heavy-ball or Nesterov momentum (Sutskever et al. 2013)."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters."""
        return torch.optim.SGD(
            parameters,
            self.learning_rate,
            self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
            fused=True,
        )
