"""The published analysis of manifolds written plainly: a quadratic programme at a time, a generic numerical search."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, qr
from scipy.optimize import linprog, minimize

Floats = NDArray[np.float64]


def interior_point(points: Floats, vector: Floats, accuracy: float = 1e-9) -> tuple[Floats, Floats]:
    """Minimise ½‖v − vector‖² subject to points · v ≤ 0: v (d,) and the multipliers (m,), by Mehrotra's method."""
    v, slack, multipliers = vector.copy(), np.ones(len(points)), np.ones(len(points))
    for _ in range(50):
        dual, primal = v - vector + points.T @ multipliers, points @ v + slack
        gap = slack @ multipliers / len(points)
        if gap < accuracy**1.5 or max(gap, np.abs(dual).max(), np.abs(primal).max()) < accuracy:
            break
        ratio = multipliers / slack
        factor = cho_factor(np.eye(len(v)) + points.T @ (points * ratio[:, None]))
        target = -slack * multipliers
        for corrected in (False, True):
            dv = cho_solve(factor, -dual - points.T @ (ratio * primal + target / slack))
            ds = -primal - points @ dv
            dm = target / slack - ratio * ds
            step = min(step_length(slack, ds), step_length(multipliers, dm))
            if not corrected:
                ahead = (slack + step * ds) @ (multipliers + step * dm) / len(points)
                target = (ahead / gap) ** 3 * gap - slack * multipliers - ds * dm
        v, slack, multipliers = v + 0.99 * step * dv, slack + 0.99 * step * ds, multipliers + 0.99 * step * dm
    return v, multipliers


def step_length(values: Floats, change: Floats) -> float:
    """The longest step up to 1 / 0.99 that keeps values positive."""
    falling = change < 0
    return float(min((-values[falling] / change[falling]).min(initial=np.inf), 1 / 0.99))


def measures(points: Floats, vectors: Floats) -> tuple[float, float, float]:
    """1/α, R and D of a manifold (d, m) about its centre, in its norms, at given vectors (d + 1, n)."""
    augmented = np.vstack([points, np.ones(points.shape[1])])
    anchors = np.empty_like(vectors)
    for draw, vector in enumerate(vectors.T):
        products = augmented.T @ vector
        if products.max() < 0:
            anchors[:, draw] = augmented[:, products.argmax()]
        else:
            v, multipliers = interior_point(augmented.T, vector)
            anchors[:, draw] = (vector - v) / multipliers.sum()
    inverse = np.mean(np.maximum((vectors * anchors).sum(0), 0) ** 2 / (anchors**2).sum(0))
    inner, away = anchors[:-1], anchors[:-1] - anchors[:-1].mean(1, keepdims=True)
    lengths = np.linalg.norm(vectors[:-1], axis=0) * np.linalg.norm(inner, axis=0)
    cosine = ((vectors[:-1] * inner).sum(0) / lengths).mean()
    return float(inverse), float(np.sqrt((away**2).sum(0).mean())), float(len(points) * cosine**2)


def correlations_cost(flat: Floats, rows: Floats) -> tuple[float, Floats]:
    """Half the sum of squared residual correlations, and its slope, of the span of a matrix (r, k) given flat."""
    basis, triangle = np.linalg.qr(flat.reshape(rows.shape[1], -1))
    inside = rows @ basis
    residual = rows @ rows.T - inside @ inside.T
    norms = np.diag(residual)
    slopes = residual / np.outer(norms, norms)
    squares = residual * slopes
    slopes[np.diag_indices_from(slopes)] -= squares.sum(1) / norms
    gradient = -2 * rows.T @ (slopes @ inside)
    gradient -= basis @ (basis.T @ gradient)
    return 0.5 * float(squares.sum()), np.linalg.solve(triangle, gradient.T).T.ravel()


def mean_correlation(rows: Floats) -> float:
    """Mean absolute cosine of pairs of rows."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return float((np.abs(unit @ unit.T).sum() - len(rows)) / (len(rows) * (len(rows) - 1)))


def shared_directions(centers: Floats, restarts: int, generator: np.random.Generator) -> Floats:
    """Orthonormal directions (N, k) that centres (P, N) about their mean share, by the published rule."""
    axes = np.linalg.svd(centers, full_matrices=False)[2][: len(centers) - 1].T
    variance = np.linalg.svd(centers, compute_uv=False) ** 2
    most = int(np.flatnonzero(np.cumsum(variance) / variance.sum() < 0.95)[-1]) + 11
    rows = centers @ axes
    basis, found, curve = np.empty((rows.shape[1], 0)), [], []
    for rank in range(1, min(most, len(rows) - 3) + 1):
        best = -1.0
        before = basis
        for _ in range(restarts):
            start = np.column_stack([before, rows.T @ generator.standard_normal(len(rows))])
            searched = minimize(
                correlations_cost,
                np.linalg.qr(start)[0].ravel(),
                (rows,),
                method="CG",
                jac=True,
                options={"gtol": 1e-6, "maxiter": 1000},
            )
            candidate = np.linalg.qr(searched.x.reshape(-1, rank))[0]
            rest = rows - rows @ candidate @ candidate.T
            stability = (np.linalg.norm(rest, axis=1) / np.linalg.norm(rows, axis=1)).min()
            if stability > best:
                best, basis = stability, candidate
        found.append(basis)
        curve.append(mean_correlation(rows - rows @ basis @ basis.T))
        if rank > 4 and curve[-1] > curve[-2] > curve[-3] > curve[-4]:
            break
    directions: Floats = axes @ found[int(np.argmin(curve))]
    return directions


def without(manifolds: Floats, directions: Floats) -> list[Floats]:
    """Each manifold (M, N) about its centre, in its norms, once directions (N, k) are projected out."""
    points = manifolds - manifolds.mean(axis=(0, 1))
    points = points - points @ directions @ directions.T
    centers = points.mean(axis=1, keepdims=True)
    return list((points - centers) / np.linalg.norm(centers, axis=2, keepdims=True))


def capacity(scaled: list[Floats], n_draws: int, generator: np.random.Generator) -> tuple[float, float, float]:
    """α, R, D of manifolds that `without` gives."""
    rows = []
    for points in scaled:
        basis, _ = qr(points.T, mode="economic")
        rows.append(measures(basis.T @ points.T, generator.standard_normal((basis.shape[1] + 1, n_draws))))
    inverse, radius, dimension = np.mean(rows, axis=0)
    return float(1 / inverse), float(radius), float(dimension)


def critical_dimension(points: Floats, signs: Floats, projection: Floats) -> int:
    """The fewest rows of a projection (N, N) that separate signed points, a linear programme each."""
    failing, separating = 0, len(projection) + 1
    while separating - failing > 1:
        n = (failing + separating) // 2
        rows = -signs[:, None] * (points @ projection[:n].T)
        status = linprog(np.zeros(n), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).status
        failing, separating = (failing, n) if status == 0 else (n, separating)
    return separating
