"""What class subspaces are held against, from the same moments: class means, and linear discriminant analysis."""

import numpy as np
from numpy.typing import NDArray

from rote.subspaces.moments import ClassMoments

Floats = NDArray[np.float64]
Points = NDArray[np.floating]


def cosines_to_means(moments: ClassMoments, points: Points) -> Points:
    """Cosine of the angle between each example and each class mean.

    Parameters
    ----------
    moments : ClassMoments
    points : ndarray, shape (n, d), float32 or float64

    Returns
    -------
    ndarray, shape (n, K), of that dtype
        0 where the example, the mean or the class has no direction.
    """
    means = np.stack([_unit(moments[label].total) for label in range(len(moments))])
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    found: Points = (points @ means.T.astype(points.dtype)) / np.where(norms > 0, norms, 1)
    return found


class LinearDiscriminant:
    """Linear discriminant analysis of shrunk covariances, from moments.

    Equal to scikit-learn's with ``solver="lsqr"`` and a number for its shrinkage: each class's covariance C becomes
    (1 − s) C + s (tr C / d) 1, and they are averaged by the classes' frequencies.

    Parameters
    ----------
    moments : ClassMoments
        A class without examples is given to none.
    shrinkage : float
        s, from 0 to 1.

    Attributes
    ----------
    coefficients : ndarray, shape (K, d), float64
    intercepts : ndarray, shape (K,), float64
    """

    def __init__(self, moments: ClassMoments, shrinkage: float) -> None:
        counts = moments.counts
        n, d = counts.sum(), moments.n_features
        means = np.stack([moments[label].total / max(moments[label].n, 1) for label in range(len(moments))])
        covariance = np.zeros((d, d))
        for label in np.flatnonzero(counts).tolist():
            covariance += moments[label].second_moment() - counts[label] * np.outer(means[label], means[label])
        covariance /= n
        shrunk = (1 - shrinkage) * covariance + shrinkage * (np.trace(covariance) / d) * np.eye(d)
        self.coefficients: Floats = np.linalg.lstsq(shrunk, means.T, rcond=None)[0].T
        with np.errstate(divide="ignore"):
            self.intercepts: Floats = -0.5 * (means * self.coefficients).sum(axis=1) + np.log(counts / n)

    def scores(self, points: Points) -> Points:
        """Log posterior of each class up to a constant, shape (n, K)."""
        found: Points = points @ self.coefficients.T.astype(points.dtype) + self.intercepts.astype(points.dtype)
        return found


def _unit(vector: Floats) -> Floats:
    norm = np.linalg.norm(vector)
    return vector / norm if norm > 0 else vector
