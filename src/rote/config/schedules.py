"""Options of the schedules of the learning rate."""

from dataclasses import dataclass
from typing import Literal

from rote.config.bounds import NonNegative, Share


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate at every step."""

    name: Literal["constant"] = "constant"
    """Learning rate per step: constant, ramp up and then down, or half a cosine."""


@dataclass(frozen=True, kw_only=True)
class OneCycleLinear:
    """A linear ramp up to the optimizer's rate, then down."""

    name: Literal["one_cycle_linear"] = "one_cycle_linear"
    """Learning rate per step: constant, ramp up and then down, or half a cosine."""
    warmup: Share = 0.15
    """Fraction of the steps before the peak."""
    start: NonNegative = 1.0e-6
    """First learning rate."""
    end: NonNegative = 1.0e-6
    """Last learning rate."""


@dataclass(frozen=True, kw_only=True)
class Cosine:
    """Half a cosine from the optimizer's rate down (Loshchilov & Hutter 2017, eq. 5, without restarts)."""

    name: Literal["cosine"] = "cosine"
    """Learning rate per step: constant, ramp up and then down, or half a cosine."""
    end: NonNegative = 0.0
    """Learning rate that would follow the last."""


Schedule = Constant | OneCycleLinear | Cosine
