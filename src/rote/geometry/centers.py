"""Correlations of manifolds' centres, and the few directions that centres share.

Cohen, Chung, Lee and Sompolinsky, "Separability and geometry of object manifolds in deep neural networks" (2020), by
the rule of the code that was published with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rote.geometry.solvers import correlations

Floats = NDArray[np.float64]

NO_DIRECTION = 1e-13  # a centre whose squared distance from the mean is a smaller share of the largest is no direction
INDEPENDENT = 1e-12  # eigenvalues of the centres' Gram matrix below this share of the largest are rounding
MOST_PRODUCTS = 30_000  # with the Hessian, in one search: the published search ends after a thousand iterations
SHARE, MORE = 0.95, 11  # ranks are tried up to the last whose directions hold this share of variance, and so many more


@dataclass(frozen=True)
class SharedDirections:
    """The subspace that is projected out of all manifolds.

    Attributes
    ----------
    coefficients : ndarray, shape (P, k), float64
        Of orthonormal directions on the centres about their mean; k is 0 where nothing is projected out.
    correlations : ndarray, shape (ranks + 1,), float64
        Mean absolute correlation of centres after 0, 1, ... directions were projected out.
    agreeing, restarts : int
        How many searches of the chosen rank found the chosen subspace, and how many there were.
    """

    coefficients: Floats
    correlations: Floats
    agreeing: int
    restarts: int

    @property
    def rank(self) -> int:
        """The number of directions k."""
        return int(self.coefficients.shape[1])


def about_their_mean(centers: Floats) -> Floats:
    """Gram matrix (P, P) of centres about their mean, of one about any other point."""
    rows = centers.mean(axis=0)
    gram: Floats = centers - rows - rows[:, None] + rows.mean()
    return gram


def mean_correlation(gram: Floats, floor: float = 0.0) -> float:
    """Mean absolute cosine of pairs of centres, of those that have a direction; NaN if fewer than two have one.

    Parameters
    ----------
    gram : ndarray, shape (P, P), float64
        Of the centres about their mean.
    floor : float
        Squared distance from the mean up to which a centre has no direction.
    """
    norms = np.diag(gram)
    defined = _defined(norms, floor)
    n = len(defined)
    if n < 2:
        return float("nan")
    cosines = np.abs(gram[np.ix_(defined, defined)]) / np.sqrt(np.outer(norms[defined], norms[defined]))
    return float((cosines.sum() - np.trace(cosines)) / (n * (n - 1)))


def shared_directions(
    gram: Floats, generators: Sequence[np.random.Generator], restarts: int, floor: float = 0.0
) -> SharedDirections:
    """Directions that centres share, by the published rule.

    For each rank from 1 on, searches start from the subspace of the rank before and one random combination of centres;
    of their minima the one is kept whose smallest residual is largest in units of its centre. After the mean absolute
    correlation rose three times, from rank 5 on, no more are tried, and the rank with the smallest is taken, never 0
    where there are at least four centres. Ranks end two below that of the centres, where correlations must rise.

    Parameters
    ----------
    gram : ndarray, shape (P, P), float64
        Of the centres about their mean.
    generators : sequence of P numpy.random.Generator
        Each centre's draws for the random combinations.
    restarts : int
        Searches for each rank.
    floor : float
        As for `mean_correlation`.

    Returns
    -------
    SharedDirections
    """
    defined = _defined(np.diag(gram), floor)
    curve = [mean_correlation(gram, floor)]
    best = np.zeros((len(gram), 0))
    coordinates, back = _coordinates(gram[np.ix_(defined, defined)])
    similarity = coordinates @ coordinates.T
    basis, agreeing = np.zeros((coordinates.shape[1], 0)), 0
    for rank in range(1, _most_ranks(coordinates) + 1):
        draws = np.stack([generator.standard_normal(restarts) for generator in generators])[defined]
        basis, agree = _most_stable(coordinates, similarity, basis, coordinates.T @ draws)
        inside = coordinates @ basis
        curve.append(mean_correlation(similarity - inside @ inside.T))
        if rank == 1 or curve[-1] < min(curve[1:-1]):
            best = np.zeros((len(gram), rank))
            best[defined] = back @ basis
            agreeing = agree
        if rank > 4 and curve[-1] > curve[-2] > curve[-3] > curve[-4]:
            break
    return SharedDirections(best, np.array(curve), agreeing, restarts)


def nothing_shared(gram: Floats, floor: float = 0.0) -> SharedDirections:
    """No directions, with the correlation of the centres as they are: parameters as of `mean_correlation`."""
    return SharedDirections(np.zeros((len(gram), 0)), np.array([mean_correlation(gram, floor)]), 0, 0)


def _defined(norms: Floats, floor: float) -> NDArray[np.int64]:
    """Which centres have a direction, by their squared distances from the mean."""
    return np.flatnonzero(norms > max(NO_DIRECTION * norms.max(initial=0), floor))


def _coordinates(gram: Floats) -> tuple[Floats, Floats]:
    """Coordinates of centres (n, r) in an orthonormal basis of their span, and that basis in centres (n, r)."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > INDEPENDENT * values.max(initial=0)
    roots = np.sqrt(values[kept])
    return np.ascontiguousarray(vectors[:, kept] * roots), vectors[:, kept] / roots


def _most_ranks(coordinates: Floats) -> int:
    """The last rank to try; `coordinates` have orthogonal columns in order of their variance."""
    rank = coordinates.shape[1]
    variance = (coordinates**2).sum(axis=0)[::-1]
    below = np.flatnonzero(np.cumsum(variance) < SHARE * variance.sum())
    return min((int(below[-1]) if len(below) else 0) + MORE, int(rank) - 2)


def _most_stable(coordinates: Floats, similarity: Floats, before: Floats, added: Floats) -> tuple[Floats, int]:
    """The minimum (r, k) whose smallest residual is largest, and how many starts led to it."""
    r, rank = coordinates.shape[1], before.shape[1] + 1
    minima, counts = np.empty((0, r, rank)), []
    for start in added.T:
        basis = correlations.orthonormal(np.ascontiguousarray(np.column_stack([before, start])))
        basis, _, which, _ = correlations.minimise(coordinates, similarity, basis, minima, MOST_PRODUCTS)
        if which < 0:
            minima = np.concatenate([minima, basis[None]])
            counts.append(1)
        else:
            counts[which] += 1
    inside = ((coordinates @ minima) ** 2).sum(axis=2)  # squared, (minima, n)
    chosen = int((1 - inside / np.diag(similarity)).min(axis=1).argmax())
    return correlations.refine(coordinates, similarity, minima[chosen]), counts[chosen]
