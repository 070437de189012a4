"""Posterior predictive density of a Dirichlet-process mixture of Gaussians, given sampled partitions.

Jamroz & Kurdziel, Eqs 2 and 3. Given a partition of the observations, a component of n_k of them predicts with a
Student's t of ν_k − d + 1 degrees of freedom, location m_k and scale (κ_k + 1) / (κ_k (ν_k − d + 1)) Ψ_k, where
κ_k = κ₀ + n_k and ν_k = ν₀ + n_k (Murphy 2007, eq. 258).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from rote.density.prior import Floats, NormalInverseWishart
from rote.density.student import MEMORY, StudentComponents
from rote.errors import DataError
from rote.options import check_choice

Integers = NDArray[np.int64]
Predictive = Literal["exact", "published"]
PREDICTIVES: tuple[Predictive, ...] = ("exact", "published")
DensityAverage = Literal["log_mean", "mean_log"]
DENSITY_AVERAGES: tuple[DensityAverage, ...] = ("log_mean", "mean_log")


class Draws(NamedTuple):
    """Points drawn from a posterior predictive, and where each came from."""

    points: Floats  # (n, d)
    snapshots: Integers  # (n,)
    components: Integers  # (n,)
    component_log_density: Floats  # (n,): of each point under its own component


@dataclass(frozen=True, eq=False)
class PosteriorPredictive:
    """A mixture of Student's t distributions for each of S snapshots of a Markov chain, or of several.

    Snapshots of a settled chain share most of their components, so that each component is kept once.

    Attributes
    ----------
    components : StudentComponents
        The M different components of all snapshots.
    log_weights : ndarray, shape (S, M), float64
        Log weight of each component in each snapshot, −inf where it does not occur; each row's weights sum to 1.
    """

    components: StudentComponents
    log_weights: Floats

    @classmethod
    def from_assignments(
        cls,
        observations: ArrayLike,
        assignments: ArrayLike,
        concentrations: ArrayLike,
        prior: NormalInverseWishart,
        *,
        predictive: Predictive = "exact",
    ) -> Self:
        """Posterior predictive that follows from sampled partitions.

        Parameters
        ----------
        observations : array-like, shape (n, d)
        assignments : array-like of int, shape (S, n)
            The component of each observation in each snapshot; only which labels are equal matters.
        concentrations : array-like, shape (S,)
            Concentration α of each snapshot.
        prior : NormalInverseWishart
        predictive : {"exact", "published"}
            Weights. Exact: n_k / (n + α), and α / (n + α) for a new component, which predicts as the prior does.
            Published, as in the authors' code: (n_k + α) / (n + Kα) and no new component.

        Returns
        -------
        PosteriorPredictive

        Raises
        ------
        DataError
            If shapes do not agree, labels are not whole numbers, a concentration is not positive, or an observation is
            not finite.
        ConfigError
            If there is no such predictive.
        """
        check_choice("predictive", predictive, PREDICTIVES)
        points = _points("observations", observations, len(prior.mean))
        labels, alphas = _snapshots(assignments, concentrations, len(points))

        partitions = [_partition(row, alpha, predictive) for row, alpha in zip(labels, alphas, strict=True)]
        number: dict[bytes, int] = {}  # of the component that has these members
        numbers = [[number.setdefault(row.tobytes(), len(number)) for row in members] for members, _ in partitions]
        log_weights = np.full((len(labels), len(number)), -np.inf)
        for row, present, (_, weights) in zip(log_weights, numbers, partitions, strict=True):
            row[present] = np.log(weights / weights.sum())

        masks = (np.unpackbits(np.frombuffer(key, np.uint8), count=len(points)).astype(bool) for key in number)
        posteriors = [_posterior(points[mask], prior) for mask in masks]
        nus, locations, scales = (np.array(values, np.float64) for values in zip(*posteriors, strict=True))
        return cls(StudentComponents.from_scales(nus, locations, scales), log_weights)

    def log_density_of_samples(self, points: ArrayLike, memory: int = MEMORY) -> Floats:
        """Log density of every point under every snapshot, log p(x | D, c_t).

        Parameters
        ----------
        points : array-like, shape (n, d)
        memory : int
            Bytes that one intermediate array may take; a point and a component at a time is the least.

        Returns
        -------
        ndarray, shape (S, n), float64
            In nats.

        Raises
        ------
        DataError
            If `points` has another number of dimensions or holds a NaN or an infinity.
        """
        present = [np.flatnonzero(np.isfinite(row)) for row in self.log_weights]
        blocks = [
            [logsumexp(logs[:, k] + row[k], axis=1) for k, row in zip(present, self.log_weights, strict=True)]
            for logs in self._blocks(points, memory)
        ]
        return np.concatenate([np.stack(block) for block in blocks], axis=1)

    def log_density(
        self, points: ArrayLike, density_average: DensityAverage = "log_mean", memory: int = MEMORY
    ) -> Floats:
        """Log posterior predictive density of every point.

        Parameters
        ----------
        points : array-like, shape (n, d)
        density_average : {"log_mean", "mean_log"}
            Log of the mean over snapshots of the density (Eq. 3), or mean of its logs (the authors' code).
        memory : int
            As in `log_density_of_samples`.

        Returns
        -------
        ndarray, shape (n,), float64
            In nats.

        Raises
        ------
        DataError
            As `log_density_of_samples`.
        ConfigError
            If there is no such average.
        """
        check_choice("density_average", density_average, DENSITY_AVERAGES)
        if density_average == "mean_log":
            return np.asarray(self.log_density_of_samples(points, memory).mean(axis=0))
        blocks = self._blocks(points, memory)
        return np.concatenate([logsumexp(logs + self.log_mean_weights, axis=1) for logs in blocks])

    def sample(self, n: int, generator: np.random.Generator, snapshot: int | None = None) -> Draws:
        """Exact draws: a snapshot, one of its components, a point.

        Parameters
        ----------
        n : int
        generator : numpy.random.Generator
        snapshot : int, optional
            Draw from p(x | D, c_t) of this snapshot instead of from all snapshots equally.

        Returns
        -------
        Draws
        """
        weights = np.exp(self.log_weights if snapshot is None else self.log_weights[[snapshot]])
        drawn = generator.choice(weights.size, size=n, p=weights.ravel() / weights.sum())
        snapshots, components = np.divmod(drawn, weights.shape[1])
        if snapshot is not None:
            snapshots[:] = snapshot
        points, log_density = self.components.sample(components, generator)
        return Draws(points, snapshots, components, log_density)

    def mean(self) -> Floats:
        """Mean of the mixture over all snapshots, shape (d,), in units of the data.

        Raises
        ------
        DataError
            If a component has at most 1 degree of freedom, so that it has none.
        """
        if (nu := self.components.degrees_of_freedom.min()) <= 1:
            raise DataError(
                f"a component with {nu:g} degrees of freedom has no mean: "
                f"give a prior with degrees_of_freedom > {self.components.locations.shape[1]} (d)"
            )
        return np.exp(self.log_mean_weights) @ self.components.locations

    def variances(self) -> Floats:
        """Variance of each dimension under the mixture over all snapshots, shape (d,), in squared units of the data.

        Raises
        ------
        DataError
            If a component has at most 2 degrees of freedom, so that it has none.
        """
        within = self.components.variances()
        return np.exp(self.log_mean_weights) @ (within + np.square(self.components.locations - self.mean()))

    @cached_property
    def log_mean_weights(self) -> Floats:
        """Log of the mean over snapshots of each component's weight, shape (M,): Eq. 3 is one mixture with these."""
        return np.asarray(logsumexp(self.log_weights, axis=0) - np.log(len(self.log_weights)))

    def _blocks(self, points: ArrayLike, memory: int) -> Iterator[Floats]:
        """Log densities under all components, shape (rows, M), of consecutive blocks of points."""
        m, d = self.components.locations.shape
        checked = _points("points", points, d)
        rows = max(1, memory // (8 * (m + d)))
        for start in range(0, max(1, len(checked)), rows):
            yield self.components.log_density(checked[start : start + rows], memory)


def _points(name: str, points: ArrayLike, d: int) -> Floats:
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != d:
        raise DataError(f"{name} have shape {array.shape}: the model needs (points, {d})")
    if not np.isfinite(array).all():
        raise DataError(f"{name} hold a NaN or an infinity: leave such rows out")
    return array


def _snapshots(assignments: ArrayLike, concentrations: ArrayLike, n: int) -> tuple[NDArray[np.integer], Floats]:
    labels, alphas = np.asarray(assignments), np.asarray(concentrations, np.float64)
    if labels.ndim != 2 or labels.shape[0] == 0 or labels.shape[1] != n or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"assignments must be whole numbers of shape (snapshots, {n}), not {labels.dtype} of shape {labels.shape}"
        )
    if alphas.shape != labels.shape[:1] or not (np.isfinite(alphas) & (alphas > 0)).all():
        raise DataError(f"concentrations must be {len(labels)} positive numbers, one for each snapshot")
    return labels, alphas


def _partition(labels: NDArray[np.integer], alpha: float, predictive: Predictive) -> tuple[NDArray[np.uint8], Floats]:
    """Members of each component, packed into bits, and the components' weights up to a factor."""
    members = labels == np.unique(labels)[:, None]
    sizes = members.sum(axis=1).astype(np.float64)
    if predictive == "published":
        return np.packbits(members, axis=1), sizes + alpha
    return np.packbits(np.vstack([members, np.zeros_like(labels, bool)]), axis=1), np.append(sizes, alpha)


def _posterior(members: Floats, prior: NormalInverseWishart) -> tuple[float, Floats, Floats]:
    """Degrees of freedom, location and scale matrix with which a component of these members predicts."""
    d = len(prior.mean)
    kappa = prior.mean_strength + len(members)
    nu = prior.degrees_of_freedom + len(members) - d + 1
    location = (prior.mean_strength * prior.mean + members.sum(axis=0)) / kappa
    deviations = np.vstack([members - location, np.sqrt(prior.mean_strength) * (prior.mean - location)])
    return nu, location, (kappa + 1) / (kappa * nu) * (prior.scale + deviations.T @ deviations)
