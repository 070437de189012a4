"""Prior of a Gaussian component's mean and covariance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NormalInverseWishart:
    """Σ ~ IW(Ψ₀, ν₀), μ | Σ ~ N(μ₀, Σ/κ₀): the base distribution of the paper's Eq. 2.

    Attributes
    ----------
    mean : ndarray, shape (d,), float64
        μ₀.
    mean_strength : float
        κ₀ > 0: how many observations the belief in μ₀ is worth.
    degrees_of_freedom : float
        ν₀ > d − 1.
    scale : ndarray, shape (d, d), float64
        Ψ₀, symmetric and positive definite, in squared units of the data.

    Raises
    ------
    DataError
        If a shape or a value is none that such a prior can have.
    """

    mean: Floats
    mean_strength: float
    degrees_of_freedom: float
    scale: Floats

    def __post_init__(self) -> None:
        mean, scale = np.asarray(self.mean, np.float64), np.asarray(self.scale, np.float64)
        d = mean.size
        if mean.shape != (d,) or scale.shape != (d, d):
            raise DataError(
                f"a prior with a mean of shape {mean.shape} needs a scale of shape {(d, d)}, not {scale.shape}"
            )
        if not (self.mean_strength > 0 and self.degrees_of_freedom > d - 1):
            raise DataError(
                f"a prior in {d} dimensions needs mean_strength > 0 and degrees_of_freedom > {d - 1}, "
                f"not {self.mean_strength} and {self.degrees_of_freedom}"
            )
        if not np.isfinite(mean).all() or not _positive_definite(scale):
            raise DataError("a prior needs a finite mean and a symmetric, positive definite scale")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "scale", scale)

    @classmethod
    def weakly_informative(cls, observations: ArrayLike, n_components: int = 6) -> "NormalInverseWishart":
        """Prior that the data suggest, as in Jamroz, Kurdziel & Opala (2020).

        Parameters
        ----------
        observations : array-like, shape (n, d)
        n_components : int
            K of Ψ₀ = diag(variances) / K^(2/d): components that fill the data's volume together.

        Returns
        -------
        NormalInverseWishart
            μ₀ the data's mean, κ₀ = 0.01, ν₀ = d + 2, so that E[Σ] = Ψ₀.

        Raises
        ------
        DataError
            If a dimension is constant: its variance would make Ψ₀ singular.
        """
        observations = np.asarray(observations, np.float64)
        d = observations.shape[1]
        if (constant := constant_dimensions(observations)).size:
            raise DataError(
                f"dimension(s) {', '.join(map(str, constant))} of the data are constant: leave them out or give a prior"
            )
        scale = np.diag(observations.var(axis=0) / n_components ** (2 / d))
        return cls(observations.mean(axis=0), 0.01, d + 2.0, scale)


def constant_dimensions(observations: ArrayLike) -> NDArray[np.int64]:
    """Dimensions in which observations do not vary, so that they suggest no prior.

    Parameters
    ----------
    observations : array-like, shape (n, d)

    Returns
    -------
    ndarray of int64
        All of them where n is below 2.
    """
    values = np.asarray(observations, np.float64)
    n, d = values.shape
    if n < 2:
        return np.arange(d)
    return np.flatnonzero(values.var(axis=0) <= 1e-24 * np.square(values).mean(axis=0))


def _positive_definite(matrix: Floats) -> bool:
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, rtol=1e-10, atol=0):
        return False
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
