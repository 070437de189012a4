"""Optimizers, each with its settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal

import torch
from torch import nn

from rote.errors import ConfigError
from rote.training.settings import check_range


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1); weight decay is an L2 term of the gradient."""

    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    name: Literal["adam"] = "adam"

    def __post_init__(self) -> None:
        check_range(0, inf, learning_rate=self.learning_rate, epsilon=self.epsilon, weight_decay=self.weight_decay)
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ConfigError(f"betas must be at least 0 and below 1, not {list(self.betas)}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of these parameters."""
        return torch.optim.Adam(parameters, self.learning_rate, self.betas, self.epsilon, self.weight_decay, fused=True)


@dataclass(frozen=True)
class Sgd:
    """Stochastic gradient descent, with heavy-ball or Nesterov momentum (Sutskever et al. 2013)."""

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    name: Literal["sgd"] = "sgd"

    def __post_init__(self) -> None:
        check_range(0, inf, learning_rate=self.learning_rate, weight_decay=self.weight_decay)
        check_range(0, 1, momentum=self.momentum)
        if self.nesterov and self.momentum == 0:
            raise ConfigError("nesterov needs a momentum above 0.")

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
