"""Certified radii of smoothed classifiers."""

from dataclasses import dataclass

from rote.config.bounds import Count, Positive, ProperShare
from rote.config.noise import NoiseUnits


@dataclass(frozen=True, kw_only=True)
class Certification:
    """Randomized smoothing after Cohen et al. (2019)."""

    standard_deviation: Positive = 0.5
    """Standard deviation of the noise, in training and in certificates."""
    noise_units: NoiseUnits = "normalised"
    """pixel — of pixels in [0, 1], as Cohen et al.; normalised — of the network's input, as the code of Jamroz &
    Kurdziel."""
    n0: Count = 100
    """Draws that choose an image's class."""
    n: Count = 100_000
    """Draws that are counted."""
    alpha: ProperShare = 0.001
    """Probability of an incorrect certificate."""
