"""Noise of a network's input."""

from dataclasses import dataclass
from typing import Literal

from rote.config.bounds import NonNegative

NoiseUnits = Literal["pixel", "normalised"]


@dataclass(frozen=True, kw_only=True)
class InputNoise:
    """Gaussian noise added to every training batch."""

    standard_deviation: NonNegative
    """Standard deviation."""
    units: NoiseUnits
    """pixel — of pixels in [0, 1], before normalisation; normalised — after it."""
