"""Non-negative least squares in Gram form: the quadratic programme behind anchor points and behind separability.

minimise ½ λᵀAλ − bᵀλ subject to λ ≥ 0, by the active-set method of Lawson and Hanson, "Solving least squares problems"
(1974, chapter 23), on a Cholesky factor that grows with the set of positive multipliers and is downdated by rotations
when one of them leaves it (Golub and Van Loan, "Matrix computations", 6.5).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rote.compilation import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DEPENDENT = 1e-14  # a point whose squared distance from the span of those in use is below this share of its own norm
SLACK = 1e-13  # a constraint that is violated by less, relative to the largest target, counts as met
UNRESOLVED = 1e-6  # the same, for a point so near the span of those in use that products in float64 do not part them


@compiled
def _forward(factor: Floats, size: int, row: Floats) -> float:
    """Solve L x = `row` in place, for the first `size` entries, and give ‖x‖²."""
    norm = 0.0
    for i in range(size):
        value = row[i]
        for k in range(i):
            value -= factor[i, k] * row[k]
        row[i] = value / factor[i, i]
        norm += row[i] * row[i]
    return norm


@compiled
def _backward(factor: Floats, size: int, right: Floats, solution: Floats) -> None:
    """Solve Lᵀ x = `right`."""
    solution[:size] = right[:size]
    for i in range(size - 1, -1, -1):
        solution[i] /= factor[i, i]
        for k in range(i):
            solution[k] -= factor[i, k] * solution[i]


@compiled
def _append(gram: Floats, target: Floats, state: Any, size: int, point: int) -> bool:
    """Extend the factor by a point, unless it depends on those in use."""
    factor, right, chosen, _ = state
    row = factor[size]
    for i in range(size):
        row[i] = gram[point, chosen[i]]
    pivot = gram[point, point] - _forward(factor, size, row)
    if not pivot > DEPENDENT * gram[point, point]:
        return False
    value = target[point]
    for i in range(size):
        value -= row[i] * right[i]
    row[size] = np.sqrt(pivot)
    right[size] = value / row[size]
    chosen[size] = point
    return True


@compiled
def _remove(state: Any, size: int, place: int) -> None:
    """Take the point at a place out of the factor of `size` points."""
    factor, right, chosen, values = state
    for i in range(place, size - 1):
        chosen[i] = chosen[i + 1]
        values[i] = values[i + 1]
        factor[i, : i + 2] = factor[i + 1, : i + 2]
    for i in range(place, size - 1):
        a, b = factor[i, i], factor[i, i + 1]
        length = np.hypot(a, b)
        cosine, sine = a / length, b / length
        for k in range(i, size - 1):
            a, b = factor[k, i], factor[k, i + 1]
            factor[k, i] = cosine * a + sine * b
            factor[k, i + 1] = cosine * b - sine * a
        a, b = right[i], right[i + 1]
        right[i] = cosine * a + sine * b
        right[i + 1] = cosine * b - sine * a


@compiled
def _settle(state: Any, size: int, solution: Floats) -> int:
    """Go to the minimum over the points in use, leaving behind those whose multiplier would be negative."""
    factor, right, _, values = state
    while size > 0:
        _backward(factor, size, right, solution)
        step, negative = 1.0, False
        for i in range(size):
            if solution[i] <= 0.0:
                negative = True
                step = min(step, values[i] / (values[i] - solution[i]) if values[i] > 0.0 else 0.0)
        if not negative:
            values[:size] = solution[:size]
            return size
        least, place = np.inf, 0
        for i in range(size):
            values[i] = max(values[i] + step * (solution[i] - values[i]), 0.0)
            if solution[i] <= 0.0 and values[i] < least:
                least, place = values[i], i
        _remove(state, size, place)
        size -= 1
    return size


@compiled
def workspace(n_points: int) -> Any:
    """Room for a programme over `n_points`: factor, its right-hand side, the points in use, their multipliers."""
    return np.empty((n_points, n_points)), np.empty(n_points), np.empty(n_points, np.int64), np.zeros(n_points)


@compiled
def minimise(gram: Floats, target: Floats, state: Any, start: Integers) -> tuple[int, bool]:
    """Solve one programme.

    Parameters
    ----------
    gram : ndarray, shape (m, m), float64
        A, positive semi-definite; singular matrices are no hindrance.
    target : ndarray, shape (m,), float64
        b.
    state : workspace
        Holds the points with a positive multiplier and the multipliers afterwards.
    start : ndarray, shape (k,), int64
        Points to begin with; the solution does not depend on them.

    Returns
    -------
    size : int
        How many multipliers are positive.
    converged : bool
        Whether no constraint is violated by more than `SLACK` of the largest target, or, by a point that cannot be told
        from others, `UNRESOLVED`.
    """
    n = len(target)
    _, _, chosen, values = state
    solution, slack, barred = np.empty(n), np.empty(n), np.zeros(n, np.bool_)
    size = 0
    for point in start:
        if _append(gram, target, state, size, point):
            values[size] = 0.0
            size += 1
    size = _settle(state, size, solution)
    tolerance = SLACK * np.abs(target).max()
    for _ in range(20 * n + 20):
        slack[:] = target
        for i in range(size):
            row = gram[chosen[i]]
            for j in range(n):
                slack[j] -= values[i] * row[j]
        for i in range(size):
            slack[chosen[i]] = -np.inf
        barred[:] = False
        while True:
            largest, point = tolerance, -1
            for i in range(n):
                if slack[i] > largest and not barred[i]:
                    largest, point = slack[i], i
            if point < 0:
                worst = 0.0
                for i in range(n):
                    if barred[i]:
                        worst = max(worst, slack[i])
                return size, worst <= UNRESOLVED / SLACK * tolerance
            if _append(gram, target, state, size, point) and state[1][size] > 0.0:
                break
            barred[point] = True
        values[size] = 0.0
        size = _settle(state, size + 1, solution)
    return size, False


@compiled
def anchors(gram: Floats, projections: Floats, margin: float, weights: Floats, multipliers: Floats) -> int:
    """Anchor points of one manifold for many draws: see `rote.geometry.anchors`.

    Parameters
    ----------
    gram : ndarray, shape (m, m), float64
        Inner products of the points, the coordinate along the centre (1 for each) included.
    projections : ndarray, shape (n, m), float64
        t·s of every draw with every point, the coordinate along the centre included.
    margin : float
        κ.
    weights : ndarray, shape (n, m), float64
        Written: the anchor's weights on the points, which sum to 1.
    multipliers : ndarray, shape (n,), float64
        Written: the sum of the multipliers; 0 where no constraint binds.

    Returns
    -------
    int
        How many draws did not converge.
    """
    n, m = projections.shape
    state = workspace(m)
    _, _, chosen, values = state
    none = np.empty(0, np.int64)
    failed = 0
    weights[:] = 0.0
    for draw in range(n):
        size = 0
        if projections[draw].max() + margin > 0.0:
            size, converged = minimise(gram, projections[draw] + margin, state, none)
            failed += not converged
        total = values[:size].sum()
        multipliers[draw] = total
        if total > 0.0:
            for i in range(size):
                weights[draw, chosen[i]] = values[i] / total
        else:
            weights[draw, projections[draw].argmax()] = 1.0
    return failed
