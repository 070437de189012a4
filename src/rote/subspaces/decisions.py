"""From class subspaces to decisions: the smallest angle, ties to the first class, and how many there were."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rote.subspaces.bases import Subspaces

Floats = NDArray[np.float64]
Points = NDArray[np.floating]


class Decided(NamedTuple):
    """What was decided of n examples.

    Attributes
    ----------
    classes : ndarray, shape (..., n), int64
        Places of the classes.
    tied : ndarray, shape (..., n), bool
        Whether several classes had the largest score, as all have for a zero vector.
    """

    classes: NDArray[np.int64]
    tied: NDArray[np.bool_]


def decided(scores: Points) -> Decided:
    """The class of the largest score of each example, of several the first; `scores` have the shape (..., n, K)."""
    equal = scores == scores.max(axis=-1, keepdims=True)
    return Decided(equal.argmax(axis=-1), equal.sum(axis=-1) > 1)


def settled_squares(subspaces: Subspaces, points: Points) -> Floats:
    """Squared cosines in which classes that differ from an example's largest by rounding alone are equal to it.

    Subspaces that hold an example equally are told apart by nothing but rounding, which depends on the size of blocks
    and the order of classes: so they tie exactly. Of examples in single precision, those that this leaves open (at 99
    % of the variance there are some) are projected again in double precision.

    Parameters
    ----------
    subspaces : Subspaces
    points : ndarray, shape (n, d), float32 or float64

    Returns
    -------
    ndarray, shape (sizes, n, K), float64
    """
    squares = subspaces.squared_cosines(points)
    if points.dtype == np.float64:
        return _settled(squares)
    second, first = np.partition(squares, -2, axis=-1)[..., -2:].transpose(2, 0, 1)
    open_ones = (second >= first - _rounding(points)).any(axis=0)
    found = squares.astype(np.float64)
    found[:, open_ones] = _settled(subspaces.squared_cosines(points[open_ones].astype(np.float64)))
    return found


def _settled(squares: Points) -> Floats:
    largest = squares.max(axis=-1, keepdims=True)
    return np.where(squares >= largest - _rounding(squares), largest, squares).astype(np.float64, copy=False)


def _rounding(values: Points) -> float:
    """Difference of two squared cosines that may be rounding of the product: some dozens of the last bit."""
    return 50 * float(np.finfo(values.dtype).eps)
