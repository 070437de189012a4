"""Points laid out in the plane by UMAP (McInnes et al. 2018), the same bytes however often and on how many threads."""

import warnings

import numpy as np
from numpy.typing import NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]
EXTENT = 10.0  # of the start, as umap-learn scales its own


def embed(between: Floats, *, n_neighbors: int = 15, min_dist: float = 0.1, seed: int) -> NDArray[np.float32]:
    """Lay points out in the plane so that near ones stay near.

    Neighbours are exact, as distances are given. The layout starts at the two principal coordinates: a spectral start
    fails on few points and on groups that are far apart. Coordinates depend on the version of umap-learn; what they
    show is to be read beside `rote.embedding.neighbours.label_agreement`, which does not.

    Parameters
    ----------
    between : ndarray, shape (n, n), float64
        Distances of every two points, n of 3 or more.
    n_neighbors : int
        Size of neighbourhoods; that of all others where there are fewer.
    min_dist : float
        Least distance in the plane.
    seed : int

    Returns
    -------
    ndarray, shape (n, 2), float32

    Raises
    ------
    DataError
        If there are fewer than 3 points.
    """
    if len(between) < 3:
        raise DataError(f"{len(between)} points cannot be laid out in the plane: give 3 or more.")
    if not between.any():
        return np.zeros((len(between), 2), np.float32)
    from umap import UMAP  # late: it compiles, which who only counts neighbours need not wait for

    model = UMAP(
        n_neighbors=min(n_neighbors, len(between) - 1),
        min_dist=min_dist,
        metric="precomputed",
        init=principal_coordinates(between).astype(np.float32),
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "using precomputed metric")  # that no other points can be added, nor are
        return np.asarray(model.fit_transform(between), np.float32)


def principal_coordinates(between: Floats) -> Floats:
    """The two principal coordinates (n, 2) of points, scaled to an extent of 10, each with its largest entry positive.

    Parameters
    ----------
    between : ndarray, shape (n, n), float64
        Euclidean distances.
    """
    squares = between**2
    products = -0.5 * (squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean())
    values, vectors = np.linalg.eigh(products)
    found: Floats = vectors[:, :-3:-1] * np.sqrt(np.maximum(values[:-3:-1], 0))
    found *= np.where(found[np.abs(found).argmax(axis=0), [0, 1]] < 0, -1, 1)
    return found * (EXTENT / largest if (largest := float(np.abs(found).max())) > 0 else 0)
