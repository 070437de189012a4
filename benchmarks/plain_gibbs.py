"""Collapsed Gibbs sampling of a Dirichlet-process Gaussian mixture in plain NumPy: the baseline of the benchmark.

As a good user would write it from Neal (2000), algorithm 3, and Murphy's conjugate formulas (2007): a point leaves its
component, whose inverse is computed anew; all components score the point in one vectorised step; it joins the drawn
one, whose inverse is computed anew unless it is the component that the point came from, which is then put back.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from rote.density.prior import NormalInverseWishart

Floats = NDArray[np.float64]


class PlainGibbs:
    """A partition of points, shape (n, d), and each component's count, sum, sum of squares, inverse and determinant."""

    def __init__(self, points: Floats, prior: NormalInverseWishart, assignments: NDArray[np.int64]) -> None:
        self.points, self.prior, self.assignments = points, prior, assignments.copy()
        d = points.shape[1]
        self.prior_scale = prior.scale + prior.mean_strength * np.outer(prior.mean, prior.mean)
        room = assignments.max() + 2  # the last is the empty component
        self.counts = np.zeros(room)
        self.sums, self.squares = np.zeros((room, d)), np.zeros((room, d, d))
        self.inverses, self.log_determinants = np.zeros((room, d, d)), np.zeros(room)
        np.add.at(self.counts, assignments, 1)
        np.add.at(self.sums, assignments, points)
        for k in range(room):
            members = points[assignments == k]
            self.squares[k] = members.T @ members
            self._invert(k)

    def sweep(self, concentration: float, generator: np.random.Generator) -> float:
        """Draw every point's component once, in random order, then the concentration, which is returned."""
        for i in generator.permutation(len(self.points)):
            self._redraw(i, concentration, generator)
        n, n_components = len(self.points), len(self.counts) - 1
        eta = generator.beta(concentration + 1, n)
        leaves = generator.random() < n / (n + concentration)
        return generator.gamma(1 + n_components - leaves) / (1 - np.log(eta))

    def log_joint(self, concentration: float) -> float:
        """Log density of points, partition and concentration, whose prior is Gamma(1, 1)."""
        n, d = self.points.shape
        counts = self.counts[:-1]
        kappa, nu = self.prior.mean_strength + counts, self.prior.degrees_of_freedom + counts
        steps = np.arange(d)
        marginals = (
            gammaln((nu[:, None] - steps) / 2).sum(1)
            - gammaln((self.prior.degrees_of_freedom - steps) / 2).sum()
            + self.prior.degrees_of_freedom / 2 * self.log_determinants[-1]
            - nu / 2 * self.log_determinants[:-1]
            + d / 2 * np.log(self.prior.mean_strength / kappa)
        )
        partition = len(counts) * np.log(concentration) + gammaln(counts).sum()
        partition += gammaln(concentration) - gammaln(concentration + n)
        return float(marginals.sum() - n * d / 2 * np.log(np.pi) + partition - concentration)

    def _redraw(self, i: int, concentration: float, generator: np.random.Generator) -> None:
        point, old = self.points[i], self.assignments[i]
        kept = self.inverses[old].copy(), self.log_determinants[old]
        self._change(old, point, -1)
        if self.counts[old] == 0:
            self._delete(old)
            old = -1
        else:
            self._invert(old)

        weights = np.append(self.counts[:-1], concentration)
        log_weights = np.log(weights) + self._log_predictives(point)
        probabilities = np.exp(log_weights - log_weights.max())
        new = int(np.searchsorted(probabilities.cumsum(), generator.random() * probabilities.sum(), side="right"))

        if new == len(self.counts) - 1:
            self._append_empty()
        self._change(new, point, 1)
        self.assignments[i] = new
        if new == old:
            self.inverses[new], self.log_determinants[new] = kept
        else:
            self._invert(new)

    def _log_predictives(self, point: Floats) -> Floats:
        """Log densities of a point under all components and, last, an empty one: Student's t."""
        d = len(point)
        kappa, nu = self.prior.mean_strength + self.counts, self.prior.degrees_of_freedom + self.counts
        means = (self.prior.mean_strength * self.prior.mean + self.sums) / kappa[:, None]
        differences = point - means
        # a product of matrices, not einsum: it is the faster by far
        forms = (np.matmul(self.inverses, differences[:, :, None])[:, :, 0] * differences).sum(1)
        return (
            gammaln((nu + 1) / 2)
            - gammaln((nu - d + 1) / 2)
            - d / 2 * np.log(np.pi * (kappa + 1) / kappa)
            - self.log_determinants / 2
            - (nu + 1) / 2 * np.log1p(kappa / (kappa + 1) * forms)
        )

    def _invert(self, k: int) -> None:
        kappa = self.prior.mean_strength + self.counts[k]
        mean = (self.prior.mean_strength * self.prior.mean + self.sums[k]) / kappa
        scale = self.prior_scale + self.squares[k] - kappa * np.outer(mean, mean)
        self.inverses[k] = np.linalg.inv(scale)
        self.log_determinants[k] = np.linalg.slogdet(scale)[1]

    def _change(self, k: int, point: Floats, sign: int) -> None:
        self.counts[k] += sign
        self.sums[k] += sign * point
        self.squares[k] += sign * np.outer(point, point)

    def _delete(self, k: int) -> None:
        for name in ("counts", "sums", "squares", "inverses", "log_determinants"):
            setattr(self, name, np.delete(getattr(self, name), k, axis=0))
        self.assignments[self.assignments > k] -= 1

    def _append_empty(self) -> None:
        for name in ("counts", "sums", "squares", "inverses", "log_determinants"):
            values = getattr(self, name)
            setattr(self, name, np.concatenate([values, values[-1:]]))
