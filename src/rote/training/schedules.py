"""Learning rate of each step, from the optimizer's rate as the peak."""

from dataclasses import dataclass
from math import cos, inf, pi
from typing import Literal

from rote.training.settings import check_range


@dataclass(frozen=True)
class Constant:
    """The same learning rate at every step."""

    name: Literal["constant"] = "constant"

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """The peak, whatever the step."""
        return peak


@dataclass(frozen=True)
class OneCycleLinear:
    """A linear ramp from `start` to the peak over the fraction `warmup` of the steps, then linear to `end`.

    The first step has `start`, step warmup · steps − 1 the peak, the last step `end`, as in torch's `OneCycleLR`,
    with which Jamroz & Kurdziel trained; momentum is not cycled.
    """

    warmup: float = 0.15
    start: float = 1e-6
    end: float = 1e-6
    name: Literal["one_cycle_linear"] = "one_cycle_linear"

    def __post_init__(self) -> None:
        check_range(0, 1, warmup=self.warmup)
        check_range(0, inf, start=self.start, end=self.end)

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """Rate of step `step`, counted from 0, of `steps`."""
        top, last = self.warmup * steps - 1, steps - 1
        if step <= top:
            return self.start + (peak - self.start) * (step / top if top > 0 else 1)
        return peak + (self.end - peak) * (step - max(top, 0)) / max(last - max(top, 0), 1)


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from the peak down to `end` (Loshchilov & Hutter 2017, eq. 5, without restarts)."""

    end: float = 0.0
    name: Literal["cosine"] = "cosine"

    def __post_init__(self) -> None:
        check_range(0, inf, end=self.end)

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """Rate of step `step`, counted from 0, of `steps`; `end` would follow the last."""
        return self.end + (peak - self.end) * (1 + cos(pi * step / steps)) / 2
