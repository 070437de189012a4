"""Learning rate of each step, from the optimizer's rate as the peak."""

from math import cos, pi

from rote.config import schedules


class Constant(schedules.Constant):
    """The same learning rate at every step."""

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """The peak, whatever the step."""
        return peak


class OneCycleLinear(schedules.OneCycleLinear):
    """A linear ramp from `start` to the peak over the fraction `warmup` of the steps, then linear to `end`.

    The first step has `start`, step warmup · steps − 1 the peak, the last step `end`, as in torch's `OneCycleLR`,
    with which Jamroz & Kurdziel trained; momentum is not cycled.
    """

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """Rate of step `step`, counted from 0, of `steps`."""
        top, last = self.warmup * steps - 1, steps - 1
        if step <= top:
            return self.start + (peak - self.start) * (step / top if top > 0 else 1)
        return peak + (self.end - peak) * (step - max(top, 0)) / max(last - max(top, 0), 1)


class Cosine(schedules.Cosine):
    """Half a cosine from the peak down to `end` (Loshchilov & Hutter 2017, eq. 5, without restarts)."""

    def learning_rate(self, peak: float, step: int, steps: int) -> float:
        """Rate of step `step`, counted from 0, of `steps`; `end` would follow the last."""
        return self.end + (peak - self.end) * (1 + cos(pi * step / steps)) / 2
