"""Many multivariate Student's t distributions at once, in float64."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import digamma, gammaln

from rote.density.prior import Floats
from rote.errors import DataError

MEMORY = 1 << 21  # bytes: whitened points that fit a core's cache


@dataclass(frozen=True, eq=False)
class StudentComponents:
    """M Student's t distributions in d dimensions.

    Attributes
    ----------
    degrees_of_freedom : ndarray, shape (M,), float64
        ν > 0.
    locations : ndarray, shape (M, d), float64
    whitening : ndarray, shape (M, d, d), float64
        L⁻ᵀ, upper triangular, of the scale matrix Σ = LLᵀ: (x − location) L⁻ᵀ has the unit matrix for its scale.
    """

    degrees_of_freedom: Floats
    locations: Floats
    whitening: Floats

    @classmethod
    def from_scales(cls, degrees_of_freedom: Floats, locations: Floats, scales: Floats) -> Self:
        """Distributions with positive definite scale matrices, shape (M, d, d)."""
        identity = np.eye(locations.shape[1])
        factors = np.linalg.cholesky(scales)
        inverses = [solve_triangular(factor, identity, lower=True, check_finite=False) for factor in factors]
        return cls(degrees_of_freedom, locations, np.stack(inverses).transpose(0, 2, 1))

    def log_density(self, points: Floats, memory: int = MEMORY) -> Floats:
        """Log density of every point under every distribution.

        Parameters
        ----------
        points : ndarray, shape (n, d), float64
        memory : int
            Bytes that whitened points may take at a time; room for one distribution is always taken.

        Returns
        -------
        ndarray, shape (n, M), float64
            In nats.
        """
        n, d = points.shape
        origin = self.locations.mean(axis=0)  # whitened coordinates far from 0 would lose digits
        points = points - origin
        forms = np.empty((n, len(self.locations)))
        step = max(1, memory // (8 * max(n, 1) * d))
        for start in range(0, len(self.locations), step):
            block = slice(start, start + step)
            whitening = self.whitening[block]
            whitened = points @ whitening.transpose(1, 0, 2).reshape(d, -1)
            whitened -= np.einsum("md,mde->me", self.locations[block] - origin, whitening).ravel()
            whitened = whitened.reshape(n, len(whitening), d)
            forms[:, block] = np.einsum("nmd,nmd->nm", whitened, whitened)
        return self._of_forms(forms, slice(None))

    def sample(self, components: NDArray[np.int64], generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw one point from each of the distributions asked for.

        Parameters
        ----------
        components : ndarray, shape (n,), int64
            Which distribution, in 0, …, M − 1.
        generator : numpy.random.Generator

        Returns
        -------
        points : ndarray, shape (n, d), float64
        log_density : ndarray, shape (n,), float64
            Of each point under its own distribution, in nats.
        """
        nu = self.degrees_of_freedom[components]
        whitened = generator.standard_normal((len(components), self.locations.shape[1]))
        whitened *= np.sqrt(nu / generator.chisquare(nu))[:, None]
        points = self.locations[components]
        for k in np.unique(components):
            drawn = components == k
            points[drawn] += solve_triangular(self.whitening[k], whitened[drawn].T, trans=1, check_finite=False).T
        return points, self._of_forms(np.square(whitened).sum(axis=1), components)

    def entropy(self) -> Floats:
        """Differential entropies, shape (M,), in nats."""
        nu, d = self.degrees_of_freedom, self.locations.shape[1]
        return np.asarray((nu + d) / 2 * (digamma((nu + d) / 2) - digamma(nu / 2)) - self._log_normalisers)

    def variances(self) -> Floats:
        """Variances of each dimension, the diagonals of ν/(ν − 2) Σ, shape (M, d).

        Raises
        ------
        DataError
            If a distribution has at most 2 degrees of freedom, so that it has none.
        """
        nu, d = self.degrees_of_freedom, self.locations.shape[1]
        if nu.min() <= 2:
            raise DataError(
                f"a component with {nu.min():g} degrees of freedom has no variance: "
                f"give a prior with degrees_of_freedom > {d + 1} (d + 1)"
            )
        identity = np.eye(d)
        rows = [solve_triangular(whitening, identity, check_finite=False) for whitening in self.whitening]
        return np.asarray((nu / (nu - 2))[:, None] * np.square(np.stack(rows)).sum(axis=1))

    @cached_property
    def _log_normalisers(self) -> Floats:
        nu, d = self.degrees_of_freedom, self.locations.shape[1]
        volumes = np.log(np.diagonal(self.whitening, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(gammaln((nu + d) / 2) - gammaln(nu / 2) - d / 2 * np.log(nu * np.pi) + volumes)

    def _of_forms(self, forms: Floats, components: slice | NDArray[np.int64]) -> Floats:
        """Log density where (x − location)ᵀ Σ⁻¹ (x − location) is `forms`."""
        nu, d = self.degrees_of_freedom[components], self.locations.shape[1]
        density: Floats = self._log_normalisers[components] - (nu + d) / 2 * np.log1p(forms / nu)
        return density
