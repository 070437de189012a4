"""Whether a hyperplane separates one division of manifolds in two, in the first n of many projected features.

A hyperplane through the origin separates signed points z exactly if their convex hull leaves the origin out. The point
of the cone over (z, 1) that is nearest to (0, 1) tells: with Σ λ (z, 1) nearest, Σ λ = 1 and Σ λ z = 0 where the hull
holds the origin, and otherwise w = Σ λ z has w·z ≥ 1 − Σ λ > 0 for all of them. That is the programme of an anchor
point; it is solved over the few points that matter, to which those that it violates are added. Projections are nested,
so n features separate whatever fewer separate.
"""

import numpy as np
from numpy.typing import NDArray

from rote.geometry.solvers import quadratic

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AT_ORIGIN = 1e-11  # squared distance of the hull from the origin, in points' squared norms, that counts as none
MOST_ROUNDS = 1000


class NestedDichotomy:
    """One division of points in two, with its own random projection.

    Parameters
    ----------
    points : ndarray, shape (m, n_features), float64
        Of any scale.
    signs : ndarray, shape (m,), float64
        The side of each point, 1 or −1.
    owners : ndarray, shape (m,), int64
        The manifold of each point, from 0: of each the worst point is added at a time.
    generator : numpy.random.Generator
        Draws the projection, feature by feature.
    bias : bool
        Whether the hyperplane may miss the origin.
    """

    def __init__(
        self, points: Floats, signs: Floats, owners: Integers, generator: np.random.Generator, *, bias: bool
    ) -> None:
        self._points, self._signs, self._owners = points, signs, owners
        self._generator, self._bias = generator, bias
        self._projection = np.empty((0, points.shape[1]))
        self._active: Integers = np.empty(0, np.int64)

    def critical_dimension(self, guess: int) -> int | None:
        """The fewest projected features that separate.

        Parameters
        ----------
        guess : int
            Where to begin, which changes no result.

        Returns
        -------
        int or None
            One more than there are features, if all of them do not; None if rounding left a case undecided.
        """
        most = int(self._points.shape[1])
        failing, separating = 0, most + 1
        n = min(max(guess, 1), most)
        while separating - failing > 1:
            found = self.is_separable(n)
            if found is None:
                self._active = np.empty(0, np.int64)
                found = self.is_separable(n)
            if found is None:
                return None
            failing, separating = (failing, n) if found else (n, separating)
            farther = n // 2 if found else 2 * n  # until both ends are known
            known = failing > 0 and separating <= most
            n = min(max((failing + separating) // 2 if known else farther, failing + 1), separating - 1, most)
        return separating

    def is_separable(self, n: int) -> bool | None:
        """Whether the first n projected features separate.

        Parameters
        ----------
        n : int

        Returns
        -------
        bool or None
            None if neither a separating hyperplane nor a combination of points at the origin was found.
        """
        projection = self._first(n)
        used = self._active if len(self._active) else self._worst(self._signs * self._points.sum(axis=1))
        rows = self._signed(used, projection)
        for _ in range(MOST_ROUNDS):
            gram = rows @ rows.T + 1.0
            state = quadratic.workspace(len(used))
            size, _ = quadratic.minimise(gram, np.ones(len(used)), state, np.arange(len(self._active)))
            chosen, multipliers = state[2][:size], state[3][:size]
            apart = 1.0 - multipliers.sum()
            self._active = used[chosen]
            if apart <= AT_ORIGIN:
                return False
            normal = multipliers @ rows[chosen]
            scores = self._scores(normal, projection)
            if scores.min() > 0:
                return True
            is_new = scores < apart
            is_new[used] = False
            worst = self._worst(scores)
            added = worst[is_new[worst]]
            if not len(added):
                return None
            used = np.concatenate([self._active, added])
            rows = np.concatenate([rows[chosen], self._signed(added, projection)])
        return None

    def _first(self, n: int) -> Floats:
        """The first n rows of the projection (n, n_features), which are drawn as they are needed."""
        more = n - len(self._projection)
        if more > 0:
            drawn = self._generator.standard_normal((more, self._points.shape[1]))
            self._projection = np.concatenate([self._projection, drawn])
        first: Floats = self._projection[:n] / np.sqrt(n)
        return first

    def _signed(self, which: Integers, projection: Floats) -> Floats:
        """Points on one side, all turned there (k, n), and a coordinate for the bias."""
        rows = self._points[which] @ projection.T
        if self._bias:
            rows = np.column_stack([rows, np.ones(len(which))])
        return rows * self._signs[which, None]

    def _scores(self, normal: Floats, projection: Floats) -> Floats:
        """z·w of all points."""
        n = len(projection)
        scores: Floats = self._points @ (normal[:n] @ projection)
        return self._signs * (scores + normal[n] if self._bias else scores)

    def _worst(self, scores: Floats) -> Integers:
        """Of each manifold the point with the lowest score."""
        order: Integers = np.lexsort((scores, self._owners))
        _, first = np.unique(self._owners[order], return_index=True)
        return order[first]
