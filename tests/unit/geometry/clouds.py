"""Clouds of points about random centres, the inputs that the published code was run on."""

from typing import NamedTuple

import numpy as np
from numpy.random import RandomState


class Case(NamedTuple):
    """P manifolds of M points with N features; `shared` directions that all centres have in common."""

    manifolds: int
    points: int
    features: int
    shared: int = 0


CASES = {"i": Case(20, 50, 200), "ii": Case(100, 50, 512), "iii": Case(100, 50, 512, shared=5)}


def clouds(case):
    """Points (P, M, N), of radius √N / 2 about their centres."""
    random = RandomState(0)
    centers = random.standard_normal((case.manifolds, case.features))
    if case.shared:
        loadings = random.standard_normal((case.manifolds, case.shared))
        centers = centers + 2.0 * loadings @ random.standard_normal((case.shared, case.features))
    noise = [random.standard_normal((case.features, case.points)) for _ in range(case.manifolds)]
    return np.stack([center + 0.5 * points.T for center, points in zip(centers, noise, strict=True)])


def examples(manifolds):
    """The same as `X` (n, N) and `y` (n,)."""
    return np.concatenate(list(manifolds)), np.repeat(np.arange(len(manifolds)), [len(one) for one in manifolds])
