"""Components of a partition: their statistics, and what a point's coming or going changes in them.

For each component the posterior scale matrix Ψ = UᵀU is kept as its upper factor U, with the posterior mean m, log |Ψ|
and the quadratic form q(i) = (xᵢ − m)ᵀ Ψ⁻¹ (xᵢ − m) of every point i, member or not. All densities of the collapsed
sampler follow from these numbers in closed form. One point more or less changes U by a rank-1 update, O(d²), and all
quadratic forms by Sherman & Morrison's formula, O(nd).
"""

from math import lgamma, log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from rote.compilation import compiled
from rote.density.prior import NormalInverseWishart

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DRIFT = 1e-9  # of a cached quadratic form, relative to 1 + q, beyond which a component is computed anew
UPDATES = 1000  # rank-1 updates after which it is computed anew in any case
STALE = -1  # in place of the number of updates: to be computed anew


class Prior(NamedTuple):
    """The prior and what follows from it for components of every size, data being centred at μ₀."""

    mean_strength: float
    degrees_of_freedom: float
    scale: Floats  # (d, d)
    factor: Floats  # (d, d), upper
    log_determinant: float
    predictive: Floats  # (n + 1,): what of the log predictive density depends on a component's size alone
    weighted: Floats  # (n + 1,): the same with the log of the size added
    marginal: Floats  # (n + 1,): what of the log marginal likelihood depends on the size alone


class Components(NamedTuple):
    """A partition of points and the statistics of its components, the first `number[0]` rows of each array."""

    points: Floats  # (n, d)
    prior_forms: Floats  # (n,): quadratic forms under the prior, m = μ₀ and Ψ = Ψ₀
    assignments: Integers  # (n,)
    number: Integers  # (1,): how many components there are
    sizes: Integers  # (capacity,)
    means: Floats  # (capacity, d)
    factors: Floats  # (capacity, d, d), upper
    log_determinants: Floats  # (capacity,)
    forms: Floats  # (capacity, n): quadratic forms
    updates: Integers  # (capacity,): rank-1 updates since the component was computed from its points
    work: Floats  # (2, d)


def tabulate(prior: NormalInverseWishart, n: int) -> Prior:
    """Prior with tables for components of 0 to `n` points.

    The predictive density of a component of m points is Student's t; with κ = κ₀ + m and ν = ν₀ + m its logarithm is
    predictive[m] − ½ log|Ψ| − ½(ν + 1) log(1 + κ/(κ + 1) q). The log marginal likelihood of the points is
    marginal[m] − ½ν log|Ψ| (Murphy 2007, eqs 258, 266).
    """
    d = len(prior.mean)
    factor = np.ascontiguousarray(np.linalg.cholesky(prior.scale).T)
    log_determinant = 2 * float(np.log(np.diag(factor)).sum())
    kappa = prior.mean_strength + np.arange(n + 1)
    nu = prior.degrees_of_freedom + np.arange(n + 1)
    log_gamma = np.vectorize(lgamma, otypes=[np.float64])
    predictive = log_gamma((nu + 1) / 2) - log_gamma((nu - d + 1) / 2) - d / 2 * np.log(pi * (kappa + 1) / kappa)
    multivariate = sum(log_gamma((nu - j) / 2) for j in range(d))
    marginal = multivariate - multivariate[0] + d / 2 * (log(prior.mean_strength) - np.log(kappa))
    marginal += prior.degrees_of_freedom / 2 * log_determinant - np.arange(n + 1) * d / 2 * log(pi)
    weighted = predictive + np.log(np.maximum(np.arange(n + 1), 1))
    return Prior(
        prior.mean_strength,
        prior.degrees_of_freedom,
        prior.scale,
        factor,
        log_determinant,
        predictive,
        weighted,
        marginal,
    )


def empty(points: Floats, prior: Prior, capacity: int) -> Components:
    """No components yet, and room for `capacity` of them; memory is taken as it is used."""
    n, d = points.shape
    return Components(
        points,
        np.square(solve_triangular(prior.factor, points.T, trans="T")).sum(axis=0),
        np.full(n, -1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(capacity, np.int64),
        np.empty((capacity, d)),
        np.empty((capacity, d, d)),
        np.empty(capacity),
        np.empty((capacity, n)),
        np.zeros(capacity, np.int64),
        np.empty((2, d)),
    )


@compiled
def solve_transposed(factor: Floats, vector: Floats) -> None:
    """Solve Uᵀy = v in place."""
    d = len(vector)
    for i in range(d):
        value = vector[i] / factor[i, i]
        vector[i] = value
        for j in range(i + 1, d):
            vector[j] -= value * factor[i, j]


@compiled
def solve(factor: Floats, vector: Floats) -> None:
    """Solve Uw = y in place."""
    d = len(vector)
    for i in range(d - 1, -1, -1):
        total = 0.0
        for j in range(i + 1, d):
            total += factor[i, j] * vector[j]
        vector[i] = (vector[i] - total) / factor[i, i]


@compiled
def rank_one_update(factor: Floats, vector: Floats, sign: float) -> bool:
    """Make U the factor of UᵀU ± vvᵀ, v being used up; False if that is not positive definite."""
    d = len(vector)
    for i in range(d):
        diagonal = factor[i, i]
        squared = diagonal * diagonal + sign * vector[i] * vector[i]
        if not squared > 0.0:
            return False
        root = np.sqrt(squared)
        cosine = diagonal / root  # the new row is (old row ± s v) c, so v' = (v − s' row) …
        sine = vector[i] / root
        factor[i, i] = root
        for j in range(i + 1, d):
            old = factor[i, j]
            factor[i, j] = cosine * old + sign * sine * vector[j]
            vector[j] = cosine * vector[j] - sine * old
    return True


@compiled
def cholesky(matrix: Floats) -> None:
    """Put the upper factor U of a symmetric matrix UᵀU in place of its upper triangle."""
    d = len(matrix)
    for i in range(d):
        root = np.sqrt(matrix[i, i])
        for j in range(i, d):
            matrix[i, j] /= root
        for row in range(i + 1, d):
            value = matrix[i, row]
            for j in range(row, d):
                matrix[row, j] -= value * matrix[i, j]


@compiled
def posterior(points: Floats, members: Integers, prior: Prior, mean: Floats, factor: Floats) -> float:
    """Put the posterior mean and the upper factor of the component of these points in place; returns log |Ψ|."""
    d = len(mean)
    kappa = prior.mean_strength + len(members)
    mean[:] = 0.0
    for i in members:
        for j in range(d):
            mean[j] += points[i, j] / kappa
    difference = np.empty(d)
    for row in range(d):
        for j in range(row, d):
            factor[row, j] = prior.scale[row, j] + prior.mean_strength * mean[row] * mean[j]
    for i in members:
        for j in range(d):
            difference[j] = points[i, j] - mean[j]
        for row in range(d):
            for j in range(row, d):
                factor[row, j] += difference[row] * difference[j]
    cholesky(factor)
    total = 0.0
    for j in range(d):
        total += np.log(factor[j, j])
    return 2.0 * total


@compiled
def members_of(assignments: Integers, first: int, second: int) -> Integers:
    """Numbers of the points that one of two components holds."""
    found = np.empty(len(assignments), np.int64)
    size = 0
    for i in range(len(assignments)):
        if assignments[i] == first or assignments[i] == second:
            found[size] = i
            size += 1
    return found[:size]


@compiled
def shuffled(n: int, generator: np.random.Generator) -> Integers:
    """The numbers 0 … n − 1 in random order (Fisher & Yates)."""
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = int(generator.random() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


@compiled
def form_of(components: Components, k: int, i: int) -> float:
    """Quadratic form of point `i` under component `k`, computed anew."""
    points, mean, difference = components.points, components.means[k], components.work[0]
    total = 0.0
    for j in range(len(mean)):
        difference[j] = points[i, j] - mean[j]
    solve_transposed(components.factors[k], difference)
    for j in range(len(mean)):
        total += difference[j] * difference[j]
    return total


@compiled
def compute_statistics(components: Components, prior: Prior, k: int) -> None:
    """Compute a component's statistics from its points, whatever they were; quadratic forms stay as they are."""
    members = members_of(components.assignments, k, k)
    components.sizes[k] = len(members)
    components.updates[k] = 0
    components.log_determinants[k] = posterior(
        components.points, members, prior, components.means[k], components.factors[k]
    )


@compiled
def compute(components: Components, prior: Prior, k: int) -> None:
    """Compute a component's statistics and all quadratic forms from its points, whatever they were."""
    compute_statistics(components, prior, k)
    for i in range(len(components.points)):
        components.forms[k, i] = form_of(components, k, i)


@compiled
def compute_all(components: Components, prior: Prior) -> None:
    """Compute the statistics of all components from their points."""
    for k in range(components.number[0]):
        compute(components, prior, k)


@compiled
def open_component(components: Components, prior: Prior) -> int:
    """Begin a component without points and return its number."""
    k = components.number[0]
    components.number[0] += 1
    components.sizes[k] = 0
    components.updates[k] = 0
    components.means[k] = 0.0
    components.factors[k] = prior.factor
    components.log_determinants[k] = prior.log_determinant
    components.forms[k] = components.prior_forms
    return k


@compiled
def close_component(components: Components, k: int) -> None:
    """Forget component `k`; the last one takes its number."""
    last = components.number[0] - 1
    components.number[0] = last
    if k == last:
        return
    components.sizes[k] = components.sizes[last]
    components.updates[k] = components.updates[last]
    components.means[k] = components.means[last]
    components.factors[k] = components.factors[last]
    components.log_determinants[k] = components.log_determinants[last]
    components.forms[k] = components.forms[last]
    assignments = components.assignments
    for i in range(len(assignments)):
        if assignments[i] == last:
            assignments[i] = k


@compiled
def shift(components: Components, prior: Prior, k: int, i: int, sign: int, form: float) -> None:
    """Let point `i`, with this quadratic form, come to (sign 1) or go from (sign −1) the statistics of component `k`.

    With v = xᵢ − m, κ the component's strength before and c = ±κ/(κ ± 1): Ψ' = Ψ + c vvᵀ and m' = m ± v/(κ ± 1).
    """
    points, mean, v = components.points, components.means[k], components.work[0]
    kappa = prior.mean_strength + components.sizes[k]
    step = sign / (kappa + sign)
    root = np.sqrt(kappa * abs(step))
    for j in range(len(mean)):
        difference = points[i, j] - mean[j]
        mean[j] += step * difference
        v[j] = root * difference
    components.log_determinants[k] += np.log(1.0 + kappa * step * form)
    components.sizes[k] += sign
    if not rank_one_update(components.factors[k], v, float(sign)) or components.updates[k] >= UPDATES:
        components.updates[k] = STALE
    elif components.updates[k] != STALE:
        components.updates[k] += 1


@compiled
def change(components: Components, prior: Prior, k: int, i: int, sign: int) -> None:
    """Let point `i` come to (sign 1) or go from (sign −1) component `k`, all quadratic forms included.

    `assignments` is the caller's, and so is `refresh` once it is in order.
    """
    points, mean, factor, forms = components.points, components.means[k], components.factors[k], components.forms[k]
    n, d = points.shape
    kappa = prior.mean_strength + components.sizes[k]
    step = sign / (kappa + sign)
    w = components.work[1]
    s, offset = 0.0, 0.0
    for j in range(d):
        w[j] = points[i, j] - mean[j]
    solve_transposed(factor, w)
    for j in range(d):
        s += w[j] * w[j]
    drifted = abs(s - forms[i]) > DRIFT * (1.0 + s)
    solve(factor, w)
    for j in range(d):
        offset += mean[j] * w[j]
    gain = kappa * step / (1.0 + kappa * step * s)
    for row in range(n):
        b = -offset
        for j in range(d):
            b += points[row, j] * w[j]
        shifted = b - step * s
        forms[row] += step * (step * s - 2.0 * b) - gain * shifted * shifted
    shift(components, prior, k, i, sign, s)
    if drifted:
        components.updates[k] = STALE


@compiled
def refresh(components: Components, prior: Prior) -> int:
    """Compute anew the components whose statistics have drifted; returns how many."""
    refreshed = 0
    for k in range(components.number[0]):
        if components.updates[k] == STALE:
            compute(components, prior, k)
            refreshed += 1
    return refreshed


@compiled
def log_kernel(prior: Prior, size: int, log_determinant: float, form: float) -> float:
    """What of the log predictive density of a component depends on the new point, −½ log |Ψ| added."""
    kappa = prior.mean_strength + size
    nu = prior.degrees_of_freedom + size
    return -0.5 * (log_determinant + (nu + 1.0) * np.log(1.0 + kappa / (kappa + 1.0) * form))


@compiled
def without_one(prior: Prior, size: int, log_determinant: float, form: float) -> tuple[float, float]:
    """Log |Ψ| and the quadratic form of a point once it is gone from its component of `size` points.

    With κ the strength before, the remaining scale matrix is Ψ − κ/(κ − 1) (x − m)(x − m)ᵀ.
    """
    kappa = prior.mean_strength + size
    t = 1.0 - 1.0 / kappa - form
    ratio = kappa / (kappa - 1.0)
    return log_determinant + np.log(t * ratio), form * ratio * ratio * (1.0 + form / t)


@compiled
def log_score(components: Components, prior: Prior, k: int, form: float) -> float:
    """Log of size times predictive density: weight of component `k` for a point with this form that is not in it."""
    size = components.sizes[k]
    return prior.weighted[size] + log_kernel(prior, size, components.log_determinants[k], form)


@compiled
def log_score_without(components: Components, prior: Prior, k: int, form: float) -> float:
    """The same where component `k` holds the point, once that is gone."""
    size = components.sizes[k]
    log_determinant, form = without_one(prior, size, components.log_determinants[k], form)
    return prior.weighted[size - 1] + log_kernel(prior, size - 1, log_determinant, form)


@compiled
def log_marginal(prior: Prior, size: int, log_determinant: float) -> float:
    """Log marginal likelihood of the `size` points of a component."""
    return prior.marginal[size] - 0.5 * (prior.degrees_of_freedom + size) * log_determinant
