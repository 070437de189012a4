"""Principal subspaces of classes, and squared projections of examples onto them at several sizes from one product.

Ketha & Ramaswamy: each class has the subspace of its leading principal components, all through the origin. The cosine
of the angle between an example x and the subspace with the orthonormal basis V is ‖Vᵀx‖/‖x‖.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rote.config.components import Components
from rote.errors import ConfigError
from rote.options import check_positive
from rote.subspaces.moments import ClassMoments, Moments

Floats = NDArray[np.float64]
Points = NDArray[np.floating]

ROWS = 2048  # examples projected at a time


@dataclass(frozen=True)
class Subspaces:
    """Nested subspaces of K classes.

    Attributes
    ----------
    bases : tuple of ndarray, each (d, r_k), float64
        Orthonormal principal components of each class, in falling order of variance.
    ranks : ndarray, shape (sizes, K), int64
        Components of each class at each size that was asked for, at most r_k.
    full : ndarray, shape (K,), int64
        Dimensions that each class's examples span.
    shares : tuple of ndarray, each (r_k,), float64
        Share of its class's sum of squares of each component.
    """

    bases: tuple[Floats, ...]
    ranks: NDArray[np.int64]
    full: NDArray[np.int64]
    shares: tuple[Floats, ...]

    def squared_cosines(self, points: Points) -> Points:
        """Squared cosine of the angle between each example and each class subspace, at each size.

        Parameters
        ----------
        points : ndarray, shape (n, d), float32 or float64
            The product is taken in this precision.

        Returns
        -------
        ndarray, shape (sizes, n, K), of that dtype
            0 for a class without components, and for a zero vector, which has no angle. 1 to the last bit where a
            subspace is the whole space.
        """
        sizes, n_classes = self.ranks.shape
        found = np.zeros((sizes, len(points), n_classes), points.dtype)
        stacked = np.concatenate(self.bases, axis=1).astype(points.dtype, copy=False)
        whole = (self.ranks == points.shape[1])[:, None]  # (sizes, 1, K)
        starts = np.cumsum([0, *(basis.shape[1] for basis in self.bases)])
        for first in range(0, len(points), ROWS):
            block = points[first : first + ROWS]
            largest = np.abs(block).max(axis=1, initial=0)
            block = block / np.where(largest > 0, largest, 1)[:, None]  # so that no square leaves the range of floats
            norms = np.einsum("ij,ij->i", block, block)
            projected = block @ stacked
            rows = slice(first, first + len(block))
            for label in range(n_classes):
                own = projected[:, starts[label] : starts[label + 1]]
                _cumulate(own, self.ranks[:, label], found[:, rows, label])
            found[:, rows] /= np.where(norms > 0, norms, 1)[:, None]
            found[:, rows] = np.where(whole & (norms > 0)[:, None], 1, found[:, rows])
        return found


def _cumulate(projected: Points, ranks: NDArray[np.int64], output: Points) -> None:
    """Sums of squares over the first columns, as many as each rank says, into `output` (sizes, n)."""
    done, total = 0, np.zeros(len(projected), projected.dtype)
    for place in np.argsort(ranks, kind="stable"):
        part = projected[:, done : ranks[place]]
        total = total + np.einsum("ij,ij->i", part, part)
        done, output[place] = ranks[place], total


def class_subspaces(moments: ClassMoments, components: Sequence[Components]) -> Subspaces:
    """Principal subspaces of classes at several sizes.

    Parameters
    ----------
    moments : ClassMoments
        A class without examples, or with nothing but zero vectors, has a subspace of no dimension.
    components : sequence of Components

    Returns
    -------
    Subspaces
        With as many components as the largest size takes.

    Raises
    ------
    ConfigError
        If a size gives both a share and a number, or neither, or one out of range.
    """
    for size in components:
        checked(size)
    found = [_principal(moments[label], components) for label in range(len(moments))]
    bases, ranks, full, shares = zip(*found, strict=True)
    return Subspaces(tuple(bases), np.array(ranks, dtype=np.int64).T, np.array(full, dtype=np.int64), tuple(shares))


def checked(size: Components) -> Components:
    """The size itself, if it says one thing.

    Raises
    ------
    ConfigError
        If it gives both a share and a number, or neither, or one out of range.
    """
    if (size.share is None) == (size.number is None):
        raise ConfigError(
            "components take a share of the variance or a number: give {share: 0.99} or {number: 1}, not "
            f"share {size.share!r} and number {size.number!r}."
        )
    if size.number is not None:
        check_positive(number=size.number)
    elif not (isinstance(size.share, float | int) and 0 < size.share <= 1):
        raise ConfigError(f"share must be above 0 and at most 1, not {size.share!r}.")
    return size


def _principal(moments: Moments, components: Sequence[Components]) -> tuple[Floats, list[int], int, Floats]:
    """Basis, number of components at each size, rank, and shares of one class."""
    points = moments.few
    gram = moments.second_moment() if points is None else points @ points.T
    rising, vectors = np.linalg.eigh(gram) if len(gram) else (np.zeros(0), gram)
    eigenvalues = rising[::-1].clip(min=0)
    floor = max(moments.n, len(moments.total)) * np.finfo(np.float64).eps * eigenvalues.max(initial=0)
    rank = int((eigenvalues > floor).sum())
    squares = eigenvalues[:rank]
    sizes = [_size(squares, size) for size in components]
    largest = max(sizes, default=0)
    leading = vectors[:, ::-1][:, :largest]
    if points is not None:  # eigenvectors of the Gram matrix of points: what they make of these is orthogonal
        leading, _ = np.linalg.qr(points.T @ leading)
    total = squares.sum()
    return leading, sizes, rank, squares[:largest] / total if total > 0 else squares[:largest]


def _size(squares: Floats, components: Components) -> int:
    """Components until their cumulative share first exceeds the one asked for, or the number asked for."""
    if components.number is not None:
        return min(components.number, len(squares))
    if components.share is None or components.share == 1 or not len(squares):
        return len(squares)
    cumulative = squares.cumsum()
    above = np.searchsorted(cumulative / cumulative[-1], components.share, side="right") + 1
    return min(int(above), len(squares))
