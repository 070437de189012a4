"""Relative entropies (Kullback-Leibler divergences) of posterior predictive densities: Jamroz & Kurdziel, Eq. 4.

What has no closed form is averaged over draws, in batches of fixed size, until the standard error is as small as was
asked for. The batches follow from the generator alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from rote.config.density_model import Tolerance as Tolerance  # for users of the package
from rote.density.predictive import Draws, PosteriorPredictive
from rote.density.prior import Floats
from rote.errors import DataError
from rote.options import check_choice

BATCH = 256
Average = Literal["divergence_of_mean", "mean_of_divergences"]
AVERAGES: tuple[Average, ...] = ("divergence_of_mean", "mean_of_divergences")


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo estimate.

    Attributes
    ----------
    value, standard_error : float
        In nats.
    draws : int
        Number of independent draws that it rests on.
    reached : bool
        Whether the standard error is as small as was asked for.
    """

    value: float
    standard_error: float
    draws: int
    reached: bool


@dataclass(frozen=True, eq=False)
class EstimateMatrix:
    """Estimates of ordered pairs, each attribute an array of shape (C, C): see `Estimate`."""

    value: Floats
    standard_error: Floats
    draws: NDArray[np.int64]
    reached: NDArray[np.bool_]


def complexity(
    predictive: PosteriorPredictive,
    observations: ArrayLike,
    generator: np.random.Generator,
    tolerance: Tolerance,
    *,
    average: Average = "divergence_of_mean",
) -> Estimate:
    """Complexity of a class: relative entropy from the diagonal Gaussian q with the observations' mean and variances.

    Two of its parts are exact. E_p[log q] follows from the mixture's mean and variances. By the chain rule the entropy
    of a mixture is H(x) = H(m) + H(x | m) − H(m | x), m being the component that x came from: all but the last term
    have a closed form, and that one is the mean over draws of log p(x) − log p(m, x), which varies little.

    Parameters
    ----------
    predictive : PosteriorPredictive
        p, with S snapshots in d dimensions.
    observations : array-like, shape (n, d)
        What `predictive` was fitted to. Variances are those with 1/n.
    generator : numpy.random.Generator
    tolerance : Tolerance
    average : {"divergence_of_mean", "mean_of_divergences"}
        D(p ‖ q) of the mean p over snapshots (Eq. 4, first line), or the mean over snapshots of D(p(x | D, c_t) ‖ q)
        (its second line and the authors' code), which is never smaller.

    Returns
    -------
    Estimate

    Raises
    ------
    DataError
        If the observations have another number of dimensions, a value that is not finite or a constant dimension, or
        if a component of p has no variance.
    ConfigError
        If there is no such average.
    """
    check_choice("average", average, AVERAGES)
    log_weights = predictive.log_mean_weights
    known = -_mean_log_gaussian(predictive, observations)
    known += float(np.exp(log_weights) @ (log_weights - predictive.components.entropy()))

    def log_ratios() -> Iterator[Floats]:
        """Log p(x) − log p(m, x) of the draws."""
        while True:
            draws = predictive.sample(BATCH, generator)
            joint = log_weights[draws.components] + draws.component_log_density
            yield _log_density(predictive, draws, average) - joint

    return _estimate(log_ratios(), tolerance, known)


def relative_entropy(
    p: PosteriorPredictive,
    q: PosteriorPredictive,
    generator: np.random.Generator,
    tolerance: Tolerance,
    *,
    average: Average = "divergence_of_mean",
) -> Estimate:
    """Relative entropy D(p ‖ q) of two models; the same as `relative_entropies` of `p` and `q` alone."""
    return relative_entropies(p, [q], generator, tolerance, average=average)[0]


def relative_entropies(
    p: PosteriorPredictive,
    others: Sequence[PosteriorPredictive],
    generator: np.random.Generator,
    tolerance: Tolerance,
    *,
    average: Average = "divergence_of_mean",
) -> list[Estimate]:
    """Relative entropies D(p ‖ q) of one model from each of several: a row of `relative_entropy_matrix`.

    The draws from `p` are made once. Each q takes as many of them as its estimate needs, so that an estimate does not
    depend on which other models there are.

    Parameters
    ----------
    p : PosteriorPredictive
    others : sequence of PosteriorPredictive
        The models q, each with its density of Eq. 3.
    generator : numpy.random.Generator
    tolerance : Tolerance
    average : {"divergence_of_mean", "mean_of_divergences"}
        As in `complexity`.

    Returns
    -------
    list of Estimate
        D(p ‖ p) is exactly 0 as divergence of the mean.

    Raises
    ------
    DataError
        If the models differ in their number of dimensions.
    ConfigError
        If there is no such average.
    """
    check_choice("average", average, AVERAGES)
    d = p.components.locations.shape[1]
    for number, q in enumerate(others):
        if q.components.locations.shape[1] != d:
            raise DataError(
                f"p has {d} dimensions and model {number} {q.components.locations.shape[1]}: fit both alike"
            )
    batches: list[tuple[Floats, Floats]] = []

    def batch(number: int) -> tuple[Floats, Floats]:
        """Points drawn from p and their log density under p."""
        while number >= len(batches):
            draws = p.sample(BATCH, generator)
            batches.append((draws.points, _log_density(p, draws, average)))
        return batches[number]

    def log_ratios(q: PosteriorPredictive) -> Iterator[Floats]:
        for number in count():
            points, log_density = batch(number)
            yield log_density - q.log_density(points)

    return [_estimate(log_ratios(q), tolerance) for q in others]


def relative_entropy_matrix(
    predictives: Sequence[PosteriorPredictive],
    generators: Sequence[np.random.Generator],
    tolerance: Tolerance,
    *,
    average: Average = "divergence_of_mean",
) -> EstimateMatrix:
    """Relative entropies D(p ‖ q) of all ordered pairs of C models.

    Its rows do not depend on one another: `relative_entropies` makes one, for a caller that spreads them over
    processes or shows progress.

    Parameters
    ----------
    predictives : sequence of PosteriorPredictive, length C
    generators : sequence of numpy.random.Generator, length C
        One for each model's draws.
    tolerance, average
        As in `relative_entropies`, errors too.

    Returns
    -------
    EstimateMatrix
        Rows are p, columns q.
    """
    rows = [
        relative_entropies(p, predictives, generator, tolerance, average=average)
        for p, generator in zip(predictives, generators, strict=True)
    ]
    return EstimateMatrix(
        *(np.array([[getattr(entry, field.name) for entry in row] for row in rows]) for field in fields(Estimate))
    )


def _estimate(batches: Iterator[Floats], tolerance: Tolerance, known: float = 0.0) -> Estimate:
    """`known` plus the mean of independent values, as many as `tolerance` asks for."""
    draws, mean, squares = 0, 0.0, 0.0  # squared deviations from the mean, summed
    for batch in batches:
        difference = float(batch.mean()) - mean
        squares += float(batch.var()) * len(batch) + difference**2 * draws * len(batch) / (draws + len(batch))
        draws += len(batch)
        mean += difference * len(batch) / draws
        value, error = known + mean, (squares / (draws - 1) / draws) ** 0.5
        reached = error <= max(tolerance.standard_error, tolerance.relative_standard_error * abs(value))
        if reached or draws >= tolerance.max_draws:
            return Estimate(value, error, draws, reached)
    raise AssertionError("batches never end")


def _log_density(p: PosteriorPredictive, draws: Draws, average: Average) -> Floats:
    """Log density of draws under p, or the mean of their log densities under the snapshots they may come from."""
    if average == "divergence_of_mean":
        return p.log_density(draws.points)
    shares = np.exp(p.log_weights - logsumexp(p.log_weights, axis=0))
    return np.asarray((shares[:, draws.components] * p.log_density_of_samples(draws.points)).sum(axis=0))


def _mean_log_gaussian(p: PosteriorPredictive, observations: ArrayLike) -> float:
    """E_p[log q] of the diagonal Gaussian q with the observations' mean and variances."""
    points = np.asarray(observations, np.float64)
    d = p.components.locations.shape[1]
    if points.ndim != 2 or points.shape[1] != d or not np.isfinite(points).all():
        raise DataError(f"observations must be finite numbers of shape (n, {d}), not of shape {points.shape}")
    mean, variances = points.mean(axis=0), points.var(axis=0)
    if (constant := np.flatnonzero(variances <= 1e-24 * np.square(points).mean(axis=0))).size:
        raise DataError(
            f"dimension(s) {', '.join(map(str, constant))} of the observations are constant: leave them out"
        )
    squared = p.variances() + np.square(p.mean() - mean)
    return float(-0.5 * (np.log(2 * np.pi * variances) + squared / variances).sum())
