"""Exact neighbours, and how many of them share a label: what a picture of points in the plane only suggests."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]


class Agreement(NamedTuple):
    """How many of an image's nearest neighbours share its label."""

    share: float
    """mean over images"""
    standard_error: float
    """of the mean, as if images were independent; they are not, as each is a neighbour of others"""
    chance: float
    """the share among all images: what labels that say nothing give"""


def distances(features: ArrayLike) -> Floats:
    """Euclidean distances of every two points.

    Parameters
    ----------
    features : array-like, shape (n, ...)
        Flattened; centred and multiplied in float64, so that an offset common to all costs no digits.

    Returns
    -------
    ndarray, shape (n, n), float64
        Symmetric, 0 on the diagonal.

    Raises
    ------
    DataError
        If a value is not finite.
    """
    points = np.asarray(features)
    points = points.reshape(len(points), -1).astype(np.float64)
    if not np.isfinite(points).all():
        raise DataError("a feature is a NaN or an infinity. Look for a network that diverged.")
    points -= points.mean(axis=0)
    products = points @ points.T
    squares = np.diagonal(products)
    found: Floats = np.sqrt(np.maximum(squares[:, None] + squares - (products + products.T), 0))
    np.fill_diagonal(found, 0)
    return found


def nearest(between: Floats, k: int) -> NDArray[np.int64]:
    """The k nearest other points of each, nearest first; of equally near ones that of the lower number.

    Parameters
    ----------
    between : ndarray, shape (n, n), float64
        Distances.
    k : int

    Returns
    -------
    ndarray, shape (n, k), int64

    Raises
    ------
    DataError
        If there are no k others.
    """
    n = len(between)
    if not 1 <= k < n:
        raise DataError(f"{k} neighbours are asked for, and a point has {n - 1} others: give from 1 to {n - 1}.")
    others = between + np.where(np.eye(n, dtype=bool), np.inf, 0)
    return np.argsort(others, axis=1, kind="stable")[:, :k]


def label_agreement(between: Floats, labels: ArrayLike, k: int = 10) -> Agreement:
    """Share of the nearest neighbours that bear a point's own label.

    Parameters
    ----------
    between : ndarray, shape (n, n), float64
        Distances.
    labels : array-like, shape (n,)
    k : int

    Returns
    -------
    Agreement

    Raises
    ------
    DataError
        As of `nearest`; also if labels and points are not as many.
    """
    label = np.asarray(labels)
    if label.shape != (len(between),):
        raise DataError(f"{len(between)} points have labels of shape {label.shape}: give one label a point.")
    shares = (label[nearest(between, k)] == label[:, None]).mean(axis=1)
    n, counts = len(label), np.unique(label, return_counts=True)[1]
    chance = float((counts * (counts - 1)).sum() / (n * (n - 1)))
    return Agreement(float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(n)), chance)
