"""Whether a training on record is one of several that differ by rounding alone, from distances between all of them.

Trainings of one seed that round differently part ways, but are draws of one law. Of each draw something is a vector:
its error curves, its map, its representations. How far the doubted draw lies from the mean of the fresh ones, against
how far these lie from it themselves, is an F ratio of traces, which needs squared distances alone (McArdle & Anderson,
"Fitting multivariate models to community data", 2001).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances between 1 + m draws, m ≥ 2, the first of which is doubted.

    Attributes
    ----------
    squared : ndarray, shape (1 + m, 1 + m), float64
        Squared distance of every two.
    resolution : float
        Least variance of a draw, summed over its entries: what its numbers cannot tell apart.
    dimensions : int
        In which draws vary independently, at least 1: a summed variance has as many degrees of freedom as equal
        variances in so many dimensions would (Box 1954). The fewer, the more is allowed.
    """

    squared: Floats
    resolution: float
    dimensions: int

    @property
    def fresh(self) -> int:
        """Number m of draws that are not doubted."""
        return len(self.squared) - 1

    @property
    def excess(self) -> float:
        """How many times the variance of the fresh draws the first one's squared distance from their mean is.

        m/(m + 1) · ‖x₀ − x̄‖² / s² with the summed variance s² = Σ ‖xᵢ − x̄‖²/(m − 1). It is near 1 where all draws are
        of one law.
        """
        m = self.fresh
        summed = float(self.squared[1:, 1:].sum()) / (2 * m)  # Σ ‖xᵢ − x̄‖²
        from_mean = float(self.squared[0, 1:].mean()) - summed / m
        return max(from_mean, 0.0) * m / (m + 1) / max(summed / (m - 1), self.resolution)

    def allowed(self, level: float) -> float:
        """What the excess is beyond with probability `level` where all draws are of one law: a quantile of F."""
        return float(fisher.isf(level, self.dimensions, self.dimensions * (self.fresh - 1)))


def squared_distances(vectors: Floats) -> Floats:
    """Squared Euclidean distances of every two of some vectors.

    Parameters
    ----------
    vectors : ndarray, shape (T, p), float64

    Returns
    -------
    ndarray, shape (T, T), float64
    """
    return np.stack([np.square(vectors - vector).sum(1) for vector in vectors])
