"""Anchor points of one manifold, and what their statistics say: capacity, radius, dimension.

Chung, Lee and Sompolinsky, "Classification and geometry of general perceptual manifolds" (2018), sections III and IV,
from inner products alone. A manifold's points s are measured from its centre, in units of the centre's norm; a draw is
a standard normal vector t in the manifold's span and a standard normal coordinate t₀ along the centre. The vector
nearest to (t, t₀) whose inner product with every (s, 1) is at most −κ differs from it by a conic combination of points,
Σ λ (s, 1); the anchor point is that combination divided by Σ λ. Where no constraint binds, it is the point with the
largest t·s.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from rote.geometry.solvers import quadratic

Floats = NDArray[np.float64]
Definition = Literal["published", "text", "text_mean_square"]
DEFINITIONS: tuple[Definition, ...] = ("published", "text", "text_mean_square")


@dataclass(frozen=True)
class Draws:
    """Draws as a manifold sees them.

    Attributes
    ----------
    projections : ndarray, shape (n, m), float64
        t·s with every point.
    center : ndarray, shape (n,), float64
        t₀.
    norms : ndarray, shape (n,), float64
        ‖t‖ over all `n_directions`.
    n_directions : int
        How many dimensions t has: those that the points span, or more.
    rank : int
        How many the points span.
    """

    projections: Floats
    center: Floats
    norms: Floats
    n_directions: int
    rank: int


@dataclass(frozen=True)
class AnchorPoints:
    """Anchor points of all draws.

    Attributes
    ----------
    weights : ndarray, shape (n, m), float64
        Of the anchor on the points; they sum to 1.
    multipliers : ndarray, shape (n,), float64
        Σ λ; 0 where no constraint binds.
    squared_norms : ndarray, shape (n,), float64
        ‖s‖² of the anchor, without its coordinate along the centre.
    products : ndarray, shape (n,), float64
        t·s of the anchor, without that coordinate.
    spread : ndarray, shape (n,), float64
        Squared distance of the anchor from the mean anchor.
    """

    weights: Floats
    multipliers: Floats
    squared_norms: Floats
    products: Floats
    spread: Floats


@dataclass(frozen=True)
class Measures:
    """What one manifold's anchor points say; errors are the standard errors of the Monte Carlo mean.

    Attributes
    ----------
    inverse_capacity, radius, dimension : float
        1/α, R in norms of the centre, D.
    inverse_capacity_error, radius_error, dimension_error : float
    binding : float
        Share of draws at which a constraint binds.
    """

    inverse_capacity: float
    inverse_capacity_error: float
    radius: float
    radius_error: float
    dimension: float
    dimension_error: float
    binding: float


def project(gram: Floats, directions: Floats, center: Floats, *, n_directions: int | None, floor: float) -> Draws:
    """Draws in the points' own coordinates: t·s is the symmetric root of the Gram matrix times a normal vector.

    So neither a rotation of the features nor the order of points matters.

    Parameters
    ----------
    gram : ndarray, shape (m, m), float64
        Of the points about their centre, in units of its norm.
    directions : ndarray, shape (n, m), float64
        Standard normal, a column for each point.
    center : ndarray, shape (n,), float64
    n_directions : int, optional
        Dimensions of t, at most m: those beyond the points' span, to which t·s is blind, lengthen t. By default the
        rank of the Gram matrix.
    floor : float
        Eigenvalues up to here are rounding.

    Returns
    -------
    Draws
    """
    values, vectors = np.linalg.eigh(gram)
    spanned = values > floor
    rank = int(spanned.sum())
    basis = vectors[:, spanned]
    coordinates = directions @ basis
    projections = (coordinates * np.sqrt(values[spanned])) @ basis.T
    squares = (coordinates**2).sum(axis=1)
    spare = 0 if n_directions is None else max(n_directions - rank, 0)
    if spare == len(gram) - rank:
        squares = (directions**2).sum(axis=1)
    elif spare:  # a direction of the spare ones cannot be told from another: their length's distribution is enough
        rest = np.maximum((directions**2).sum(axis=1) - squares, 0)
        squares += stats.chi2.isf(stats.chi2.sf(rest, len(gram) - rank), spare)
    return Draws(projections, center, np.sqrt(squares), rank + spare, rank)


def anchor_points(gram: Floats, draws: Draws, margin: float = 0.0) -> AnchorPoints:
    """Anchor points of all draws, one quadratic programme each.

    Parameters
    ----------
    gram : ndarray, shape (m, m), float64
    draws : Draws
    margin : float
        κ, in units of the centre's norm.

    Returns
    -------
    AnchorPoints
    """
    weights, multipliers = np.empty_like(draws.projections), np.empty(len(draws.projections))
    targets = np.ascontiguousarray(draws.projections + draws.center[:, None])
    unsolved = quadratic.anchors(np.ascontiguousarray(gram + 1.0), targets, float(margin), weights, multipliers)
    if unsolved:
        raise ArithmeticError(f"{unsolved} of {len(targets)} anchor points did not converge")
    away = weights - weights.mean(axis=0)
    return AnchorPoints(
        weights,
        multipliers,
        squared_norms=_quadratic_forms(gram, weights),
        products=(weights * draws.projections).sum(axis=1),
        spread=_quadratic_forms(gram, away),
    )


def measure(anchors: AnchorPoints, draws: Draws, definition: Definition = "published") -> Measures:
    """Capacity, radius and dimension of one manifold.

    1/α = ⟨(Σ λ)² (‖s‖² + 1)⟩, the squared distance of the draw from what the constraints allow, by every definition.

    Parameters
    ----------
    anchors : AnchorPoints
    draws : Draws
    definition : {"published", "text", "text_mean_square"}
        The published code has R² = ⟨‖s − ⟨s⟩‖²⟩ and D = n_directions ⟨cos(t, s)⟩². The paper's text (A.1.2) has
        R² = ⟨‖s‖²⟩ and D = ⟨t·ŝ⟩² or, read otherwise, ⟨(t·ŝ)²⟩, which gives a ball its dimension.

    Returns
    -------
    Measures
    """
    inverse, inverse_error = _mean(anchors.multipliers**2 * (anchors.squared_norms + 1))
    square, square_error = _mean(anchors.spread if definition == "published" else anchors.squared_norms)
    radius = float(np.sqrt(square))
    norms = np.sqrt(anchors.squared_norms)
    along = np.divide(anchors.products, norms, out=np.zeros_like(norms), where=norms > 0)
    if definition == "text_mean_square":
        dimension, dimension_error = _mean(along**2)
    else:
        factor = 1.0
        if definition == "published":
            along = np.divide(along, draws.norms, out=np.zeros_like(along), where=draws.norms > 0)
            factor = float(draws.n_directions)
        mean, error = _mean(along)
        dimension, dimension_error = factor * mean**2, factor * 2 * abs(mean) * error
    return Measures(
        inverse,
        inverse_error,
        radius,
        square_error / (2 * radius) if radius > 0 else 0.0,
        dimension,
        dimension_error,
        binding=float((anchors.multipliers > 0).mean()),
    )


def _quadratic_forms(gram: Floats, weights: Floats) -> Floats:
    forms: Floats = np.maximum(((weights @ gram) * weights).sum(axis=1), 0)
    return forms


def _mean(values: Floats) -> tuple[float, float]:
    """Mean and its standard error; of one value there is none."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return float(values.mean()), float(error)
