"""Inner products of classes of examples: all that the geometry of manifolds depends on, however many the features."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GramBlocks:
    """Inner products within P classes and of their centres, all about the mean of all examples.

    In units in which the features' largest entry is 1: nothing that follows from them depends on the scale.

    Attributes
    ----------
    within : tuple of ndarray, shapes (m, m), float64
        Of each class's examples about the class's centre.
    crossed : tuple of ndarray, shapes (P, m), float64
        Of all centres with each class's examples about its own centre.
    centers : ndarray, shape (P, P), float64
        Of the centres.
    keys : tuple of tuple of int
        A number for each example, which its random draws are keyed by.
    n_features : int
    """

    within: tuple[Floats, ...]
    crossed: tuple[Floats, ...]
    centers: Floats
    keys: tuple[tuple[int, ...], ...]
    n_features: int


def gram_blocks(manifolds: Iterable[ArrayLike], keys: Iterable[Sequence[int]] | None = None) -> GramBlocks:
    """Inner products of classes of examples, class by class.

    Parameters
    ----------
    manifolds : iterable of array-like, shapes (m, n_features)
        The examples of each class, of any real dtype; gone through twice, so that one class at a time need be in
        memory, and P centres. Computed in float64, after the mean was taken off.
    keys : iterable of sequence of int, optional
        Different whole numbers of at least 0, one for each example: draws follow them, so equal keys give equal draws
        whatever the order. By default examples are numbered in the order given.

    Returns
    -------
    GramBlocks

    Raises
    ------
    DataError
        If there are fewer than two classes; if a class is empty, has another number of features or holds a NaN or an
        infinity; if keys are missing, repeated or negative.
    """
    sums: list[Floats] = []
    counts: list[int] = []
    largest = 0.0
    for number, examples in enumerate(manifolds):
        points = _checked(examples, number, len(sums[0]) if sums else None)
        sums.append(points.sum(axis=0, dtype=np.float64))
        counts.append(len(points))
        largest = max(largest, float(np.abs(points).max()))
    if len(sums) < 2:
        raise DataError(f"there are {len(sums)} classes: manifolds are told apart from at least one other. Give two.")
    scale = 1 / largest if largest > 0 else 1.0
    scaled = np.stack(sums) * scale
    means = scaled / np.array(counts)[:, None]
    centers = means - scaled.sum(axis=0) / sum(counts)
    within, crossed = [], []
    for examples, mean in zip(manifolds, means, strict=True):
        points = np.asarray(examples) * np.float64(scale) - mean
        within.append(points @ points.T)
        crossed.append(centers @ points.T)
    return GramBlocks(tuple(within), tuple(crossed), centers @ centers.T, _keys(keys, counts), centers.shape[1])


def _checked(examples: ArrayLike, number: int, n_features: int | None) -> NDArray[np.floating]:
    points = np.asarray(examples)
    if points.ndim != 2 or 0 in points.shape:
        raise DataError(
            f"manifold {number} has shape {points.shape}: give at least one example, each a row of features."
        )
    if n_features not in (None, points.shape[1]):
        raise DataError(f"manifold {number} has {points.shape[1]} features and the others have {n_features}.")
    if not np.isfinite(points).all():
        raise DataError(f"manifold {number} holds a NaN or an infinity: leave its examples out or mend them.")
    return points


def _keys(keys: Iterable[Sequence[int]] | None, counts: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    if keys is None:
        ends = np.cumsum(counts).tolist()
        return tuple(tuple(range(end - count, end)) for end, count in zip(ends, counts, strict=True))
    given = tuple(tuple(int(key) for key in of_class) for of_class in keys)
    flat = [key for of_class in given for key in of_class]
    if [len(of_class) for of_class in given] != list(counts):
        raise DataError("keys and examples differ in number: give every example one key.")
    if len(set(flat)) < len(flat) or min(flat) < 0:
        raise DataError("keys must be different whole numbers of at least 0: draws follow them.")
    return given
