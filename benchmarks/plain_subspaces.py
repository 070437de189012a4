"""The minimum angle subspace classifier as it was published, written plainly.

Points of a class and their negatives, a full principal component analysis, projection back to all dimensions, the
diagonal of a product of a hundred examples with a hundred projections, arccos; all in float64, one share of the
variance at a time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

Floats = NDArray[np.float64]
BATCH = 100


def bases(points: Floats, labels: NDArray[np.int64], share: float) -> list[Floats]:
    """Components (r, d) of each class."""
    found = []
    for label in np.unique(labels):
        own = points[labels == label]
        found.append(PCA(n_components=share, svd_solver="full").fit(np.concatenate([own, -own])).components_)
    return found


def angles(tested: Floats, subspaces: Sequence[Floats]) -> Floats:
    """Angle in degrees of each example to each class subspace, shape (n, K)."""
    norms = np.linalg.norm(tested, axis=1)
    found = np.empty((len(tested), len(subspaces)))
    for first in range(0, len(tested), BATCH):
        batch = tested[first : first + BATCH]
        for label, components in enumerate(subspaces):
            back = (batch @ components.T) @ components
            products = np.diag(batch @ back.T)
            cosines = products / (norms[first : first + BATCH] * np.linalg.norm(back, axis=1))
            found[first : first + BATCH, label] = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return found


def predict(points: Floats, labels: NDArray[np.int64], tested: Floats, share: float) -> NDArray[np.int64]:
    """Class of the smallest angle of each tested example."""
    return angles(tested, bases(points, labels, share)).argmin(axis=1)
