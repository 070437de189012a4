"""The subspace that centres share: minimisation of the correlations that remain once it is projected out.

With centres as rows of X, an orthonormal basis V of a subspace leaves residuals x − V Vᵀ x with inner products
E = X Xᵀ − (X V)(X V)ᵀ, and the cost is half the sum of their squared correlations E²_μν / (E_μμ E_νν) (Cohen et al.,
"Separability and geometry of object manifolds in deep neural networks", 2020, methods). It depends on the subspace
alone, so it is minimised over the Grassmannian, by the trust-region method of Absil, Baker and Gallivan, "Trust-region
methods on Riemannian manifolds" (2007), whose quadratic convergence makes the minimum independent of rounding.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rote.compilation import compiled

Floats = NDArray[np.float64]

GRADIENT = 1e-9  # norm at which a minimum counts as reached
VANISHED = 1e-12  # a residual whose share of its centre's squared norm is below this is no direction any more
NEAR = 1e-3  # squared distance of a known minimum: of the subspaces, and of the centres in them, in their residuals
LOOSEST = 0.1  # reduction of the gradient that conjugate gradients stop at far from the minimum
ACCEPTED = 0.1  # least share of the predicted decrease that a step must bring
ROUNDING = 1e3 * np.finfo(np.float64).eps  # of the cost: decreases below it are not told from rounding


@compiled
def orthonormal(basis: Floats) -> Floats:
    """Columns (r, k) made orthonormal, in place, each against those before it, twice."""
    rows, columns = basis.shape
    for column in range(columns):
        for _ in range(2):
            for other in range(column):
                overlap = 0.0
                for i in range(rows):
                    overlap += basis[i, column] * basis[i, other]
                for i in range(rows):
                    basis[i, column] -= overlap * basis[i, other]
            norm = 0.0
            for i in range(rows):
                norm += basis[i, column] ** 2
            norm = np.sqrt(norm)
            for i in range(rows):
                basis[i, column] /= norm
    return basis


@compiled
def _inner(one: Floats, other: Floats) -> float:
    total = 0.0
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            total += one[i, j] * other[i, j]
    return total


@compiled
def _add(total: Floats, factor: float, change: Floats) -> Floats:
    """`total` += `factor` × `change`, in place: array expressions would take ten times as long to compile."""
    for i in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[i, j] += factor * change[i, j]
    return total


@compiled
def _horizontal(basis: Floats, direction: Floats) -> Floats:
    """What of a direction (r, k) changes the subspace, in place; twice, as rounding's rest is amplified otherwise."""
    once = _add(direction, -1.0, basis @ (basis.T @ direction))
    return _add(once, -1.0, basis @ (basis.T @ once))


@compiled
def _scaled(rows: Floats, factors: Floats) -> Floats:
    """Each row times its factor."""
    scaled = np.empty_like(rows)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            scaled[i, j] = factors[i] * rows[i, j]
    return scaled


@compiled
def _cost(coordinates: Floats, similarity: Floats, basis: Floats) -> tuple[float, Any]:
    """The cost, and what its derivatives need.

    That is, with the residuals' norms divided out of everything: the correlations R (n, n) and their squares, the row
    sums of these (n,), the centres (n, r) and their coordinates within the subspace C = X V (n, k), and R C (n, k).
    """
    n = len(similarity)
    inside = coordinates @ basis
    residual = _add(similarity.copy(), -1.0, inside @ inside.T)
    scale, sums, squares = np.empty(n), np.empty(n), np.empty((n, n))
    vanished = False
    for i in range(n):
        vanished |= not residual[i, i] > VANISHED * similarity[i, i]
        scale[i] = 1.0 / np.sqrt(residual[i, i])
    for i in range(n):
        total = 0.0
        for j in range(n):
            residual[i, j] *= scale[i] * scale[j]
            squares[i, j] = residual[i, j] * residual[i, j]
            total += squares[i, j]
        sums[i] = total
    cost = np.inf if vanished else 0.5 * sums.sum()
    inside, centers = _scaled(inside, scale), _scaled(coordinates, scale)
    return cost, (residual, squares, sums, centers, inside, residual @ inside)


@compiled
def _gradient(basis: Floats, state: Any) -> tuple[Floats, Floats]:
    """Riemannian gradient (r, k), and Vᵀ times the Euclidean gradient (k, k)."""
    _, _, sums, centers, inside, weighed = state
    n, k = inside.shape
    slopes = np.empty((n, k))
    for i in range(n):
        for j in range(k):
            slopes[i, j] = 2.0 * (sums[i] * inside[i, j] - weighed[i, j])
    euclidean = centers.T @ slopes
    along = basis.T @ euclidean
    return _horizontal(basis, euclidean), along


@compiled
def _curvature(basis: Floats, state: Any, along: Floats, direction: Floats) -> Floats:
    """Riemannian Hessian times a tangent direction (r, k).

    With M = X `direction` and ḋ = −2 Σ_k M C, the relative change of squared norms, all sums over pairs of centres
    are products of R and R∘R with columns.
    """
    correlations, squares, sums, centers, inside, weighed = state
    moved = centers @ direction
    turned = correlations @ moved
    n, k = moved.shape
    relative, change, eased = np.empty(n), np.empty(n), np.empty((n, k))
    for i in range(n):
        first, second = 0.0, 0.0
        for j in range(k):
            first += moved[i, j] * inside[i, j]
            second += moved[i, j] * weighed[i, j] + inside[i, j] * turned[i, j]
        relative[i] = -2.0 * first
        change[i] = -2.0 * second - relative[i] * sums[i]  # of the row sums
        for j in range(k):
            eased[i, j] = relative[i] * inside[i, j]
    slopes = _add(correlations @ eased, 1.0, moved @ (inside.T @ inside))
    _add(slopes, 1.0, inside @ (moved.T @ inside))
    spread = squares @ relative
    for i in range(n):
        own = change[i] - spread[i] - sums[i] * relative[i]
        for j in range(k):
            rest = relative[i] * weighed[i, j] + sums[i] * moved[i, j] + own * inside[i, j]
            slopes[i, j] = 2.0 * (slopes[i, j] + rest - turned[i, j])
    return _horizontal(basis, _add(centers.T @ slopes, -1.0, direction @ along))


@compiled
def _scale(state: Any) -> Floats:
    """What a change of each basis vector costs, roughly: CᵀC, shape (k, k)."""
    return state[4].T @ state[4]


@compiled
def _step(
    basis: Floats, state: Any, gradient: Floats, along: Floats, scale: Floats, radius: float
) -> tuple[Floats, Floats, bool, int]:
    """Minimum of the quadratic model within the radius, by truncated conjugate gradients (Steihaug, 1983).

    Lengths are those of the inner product tr(Aᵀ B `scale`), which also preconditions: a direction that all centres
    share has a far stiffer cost than one of noise. Gives the step, the Hessian times it, whether it ends at the radius,
    and how many products with the Hessian it took.
    """
    step, image = np.zeros_like(gradient), np.zeros_like(gradient)
    inverse = np.linalg.inv(scale)
    rest = gradient.copy()
    eased = rest @ inverse
    direction = -eased
    squared = _inner(rest, eased)
    start = np.sqrt(_inner(rest, rest))
    enough = max(start * min(start, LOOSEST), 1e-3 * GRADIENT)
    step_step, step_direction, direction_direction = 0.0, 0.0, squared
    most = gradient.size
    for product in range(1, most + 1):
        turned = _curvature(basis, state, along, direction)
        bend = _inner(direction, turned)
        length = squared / bend if bend > 0.0 else np.inf
        reached = step_step + 2.0 * length * step_direction + length * length * direction_direction
        if not bend > 0.0 or reached >= radius * radius:
            gap = step_direction**2 + direction_direction * (radius * radius - step_step)
            length = (np.sqrt(gap) - step_direction) / direction_direction
            return _add(step, length, direction), _add(image, length, turned), True, product
        _add(step, length, direction)
        _add(image, length, turned)
        _add(rest, length, turned)
        if np.sqrt(_inner(rest, rest)) <= enough:
            return step, image, False, product
        eased = rest @ inverse
        before, squared = squared, _inner(rest, eased)
        ratio = squared / before
        direction = _add(-eased, ratio, direction)
        step_step = reached
        scaled = direction @ scale
        step_direction = _inner(step, scaled)
        direction_direction = _inner(direction, scaled)
    return step, image, False, most


@compiled
def minimise(
    coordinates: Floats, similarity: Floats, start: Floats, found: Floats, limit: int
) -> tuple[Floats, float, int, int]:
    """Minimise the cost from a start.

    Parameters
    ----------
    coordinates : ndarray, shape (n, r), float64
        X.
    similarity : ndarray, shape (n, n), float64
        X Xᵀ.
    start : ndarray, shape (r, k), float64
        Orthonormal columns.
    found : ndarray, shape (f, r, k), float64
        Minima that are known: one that comes near is the result.
    limit : int
        Most products with the Hessian.

    Returns
    -------
    basis : ndarray, shape (r, k), float64
    gradient : float
        The norm of the cost's gradient where the search ended: at most `GRADIENT`, unless a known minimum was near or
        the limit was reached.
    which : int
        The known minimum that was near, or -1.
    products : int
        Products with the Hessian that were taken.
    """
    basis = start
    cost, state = _cost(coordinates, similarity, basis)
    gradient, along = _gradient(basis, state)
    scale = _scale(state)
    norm = np.sqrt(_inner(gradient, gradient))
    widest = np.sqrt(np.trace(scale))
    radius = widest / 8.0
    products = 0
    while norm > GRADIENT and products < limit and radius > GRADIENT:
        step, image, at_radius, taken = _step(basis, state, gradient, along, scale, radius)
        products += taken
        predicted = -_inner(gradient, step) - 0.5 * _inner(step, image)
        candidate = orthonormal(_add(step, 1.0, basis))
        other_cost, other_state = _cost(coordinates, similarity, candidate)
        allowance = ROUNDING * max(1.0, cost)
        ratio = (cost - other_cost + allowance) / (predicted + allowance)
        if ratio < 0.25:
            radius *= 0.25
        elif ratio > 0.75 and at_radius:
            radius = min(2.0 * radius, widest)
        if ratio <= ACCEPTED:
            continue
        basis, cost, state = candidate, other_cost, other_state
        gradient, along = _gradient(basis, state)
        scale = _scale(state)
        norm = np.sqrt(_inner(gradient, gradient))
        for which in range(len(found)):
            shared = basis.T @ found[which]
            away = _add(basis @ -shared, 1.0, found[which])
            if _inner(away, away) < NEAR and _inner(away, away @ (shared.T @ scale @ shared)) < NEAR:
                return found[which].copy(), norm, which, products
    return basis, norm, -1, products


def refine(coordinates: Floats, similarity: Floats, basis: Floats) -> Floats:
    """One Newton step from a minimum (r, k), which makes it exact to rounding; the minimum where it does not."""
    _, state = _cost(coordinates, similarity, basis)
    gradient, along = _gradient(basis, state)
    scale = _scale(state)
    step, _, _, _ = _step(basis, state, gradient, along, scale, np.sqrt(np.trace(scale)))
    candidate = orthonormal(step + basis)
    _, state = _cost(coordinates, similarity, candidate)
    after, _ = _gradient(candidate, state)
    return candidate if _inner(after, after) < _inner(gradient, gradient) else basis
