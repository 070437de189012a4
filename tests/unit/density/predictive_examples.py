"""Small posterior predictives, and integrals over all of space."""

import numpy as np

from rote.density.predictive import PosteriorPredictive, Predictive
from rote.density.prior import NormalInverseWishart

PARTITIONS = [[0, 0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 0, 0, 1, 1, 1, 1, 2], [5, 5, 5, 5, 3, 3, 3, -1, -1], [0] * 9]
CONCENTRATIONS = [0.7, 1.3, 2.0, 0.4]


def observations(d, seed=0):
    """Nine points in three clusters."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(9, d)) + np.repeat(generator.normal(scale=3, size=(3, d)), [4, 3, 2], axis=0)


def prior(d, degrees_of_freedom=None):
    """A prior that is neither diagonal nor centred on the data."""
    generator = np.random.default_rng(100)
    root = generator.normal(size=(d, d))
    return NormalInverseWishart(generator.normal(size=d), 0.3, degrees_of_freedom or d + 2.5, root @ root.T + np.eye(d))


def predictive(d, seed=0, kind: Predictive = "exact", degrees_of_freedom=None, partitions=PARTITIONS):
    """Posterior predictive of those points."""
    return PosteriorPredictive.from_assignments(
        observations(d, seed),
        partitions,
        CONCENTRATIONS[: len(partitions)],
        prior(d, degrees_of_freedom),
        predictive=kind,
    )


def whole_line(step, largest=14.0):
    """Points that reach to infinity in effect, and their weights in an integral (trapezoids after x = sinh u)."""
    u = np.arange(-largest, largest, step)
    return np.sinh(u), np.cosh(u) * step
