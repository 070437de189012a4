"""Options of the optimizers."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Lt

from rote.config.bounds import NonNegative, Share

Decay = Annotated[float, Ge(0), Lt(1)]


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1); weight decay is an L2 term of the gradient."""

    name: Literal["adam"] = "adam"
    """Adam, or stochastic gradient descent."""
    learning_rate: NonNegative
    """Step size; at the peak where a schedule changes it."""
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    """Decay rates of the moments."""
    epsilon: NonNegative = 1.0e-8
    """Term that keeps the denominator from zero."""
    weight_decay: NonNegative = 0.0
    """Factor of the L2 term of the gradient."""


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent, with heavy-ball or Nesterov momentum (Sutskever et al. 2013)."""

    name: Literal["sgd"] = "sgd"
    """Adam, or stochastic gradient descent."""
    learning_rate: NonNegative
    """Step size; at the peak where a schedule changes it."""
    momentum: Share = 0.0
    """Momentum."""
    nesterov: bool = False
    """Nesterov's form of the momentum."""
    weight_decay: NonNegative = 0.0
    """Factor of the L2 term of the gradient."""


Optimizer = Adam | Sgd
