"""Capacities and geometry that are known exactly: points, balls, and classes without structure.

Chung, Lee and Sompolinsky (2018) for points and balls; Cover, "Geometrical and statistical properties of systems of
linear inequalities" (1965). φ is the standard normal density, Φ its distribution, χ_D the density of a normal vector's
norm in D dimensions.
"""

from collections.abc import Callable
from math import comb, erfc, exp, inf, isfinite, lgamma, log, pi, sqrt

import numpy as np
from scipy import integrate, stats


def point_capacity(margin: float = 0.0) -> float:
    """Capacity of single points: 1/α = ∫_{−κ}^∞ φ(t) (t + κ)² dt, so 2 without a margin (Gardner, 1988).

    Parameters
    ----------
    margin : float
        κ, in norms of a point.

    Returns
    -------
    float
    """
    return 1 / ((1 + margin**2) * _above(-margin) + margin * _density(margin))


def ball_capacity(radius: float, dimension: float) -> float:
    """Capacity of balls in random places and orientations, κ = 0.

    1/α = ∫ χ_D(t) dt { ∫_{−t/R}^{tR} φ(x) (Rt − x)²/(1 + R²) dx + ∫_{−∞}^{−t/R} φ(x) (x² + t²) dx }, the anchor
    touching the ball's surface or being free, with x the coordinate away from the centre (Chung et al., 2018). Limits:
    2 for R → 0, 1/(D + ½) for R → ∞. `ball_capacity_of_projection` is the paper's short form.

    Parameters
    ----------
    radius : float
        R, in norms of the centre.
    dimension : float
        D > 0; need not be whole.

    Returns
    -------
    float
    """
    if radius == 0:
        return 2.0

    def inner(t: float) -> float:
        touching = _square_about(radius * t, -t / radius, t * radius) / (1 + radius**2)
        x = t / radius
        return touching + _above(x) * (1 + t**2) + x * _density(x)

    return 1 / _over_norms(inner, dimension)


def ball_capacity_of_projection(radius: float, dimension: float) -> float:
    """Capacity of balls in the paper's closed form (A.1.2): 1/α = ∫_{−∞}^{R√D} φ(t) (R√D − t)²/(1 + R²) dt.

    It takes the norm of a normal vector for √D, which is exact for many dimensions, and has the limit 1/D for R → ∞.

    Parameters
    ----------
    radius, dimension : float
        R, in norms of the centre, and D.

    Returns
    -------
    float
    """
    reach = radius * sqrt(dimension)
    return (1 + radius**2) / _square_about(reach, -inf, reach)


def ball_radius(radius: float, dimension: float) -> float:
    """R_M of a ball by the text's definition: R_M² = ∫ χ_D(t) [R² Φ(t/R) + t² ∫_{t/R}^∞ φ(x)/x² dx] dt.

    Below R, as a draw far along the centre has its anchor inside the ball.

    Parameters
    ----------
    radius, dimension : float
        R > 0, in norms of the centre, and D.

    Returns
    -------
    float
    """

    def inner(t: float) -> float:
        x = t / radius
        beyond = _density(x) / x - _above(x)  # ∫ φ/x² from x on, by parts
        return radius**2 * _above(-x) + t**2 * beyond

    return float(np.sqrt(_over_norms(inner, dimension)))


def ball_dimension(dimension: float) -> float:
    """D_M of a ball by the text's definition ⟨t·ŝ⟩²: 2 [Γ((D + 1)/2) / Γ(D/2)]², where the others give D itself.

    Parameters
    ----------
    dimension : float
        D.

    Returns
    -------
    float
    """
    return 2 * exp(2 * (lgamma((dimension + 1) / 2) - lgamma(dimension / 2)))


def capacity_without_structure(n_examples: int) -> float:
    """Capacity of classes of m points each that have nothing in common: 2/m, as each point is as hard as any other.

    It is no lower bound: see `capacity_without_centers`.

    Parameters
    ----------
    n_examples : int
        m.

    Returns
    -------
    float
    """
    return 2 / n_examples


def capacity_without_centers(rank: int) -> float:
    """Capacity of classes whose centres vanish beside their spread: 1/(r + ½), as of infinite balls.

    Parameters
    ----------
    rank : int
        r, the dimensions that a class spans about its centre: m − 1 for m points in general position.

    Returns
    -------
    float
    """
    return 1 / (rank + 0.5)


def separable_fraction(n_points: int, n_features: int) -> float:
    """Share of the dichotomies of points in general position that a hyperplane through the origin separates.

    2^(1−P) Σ_{k<n} C(P − 1, k) (Cover, 1965).

    Parameters
    ----------
    n_points, n_features : int
        P and n.

    Returns
    -------
    float
    """
    return float(sum(comb(n_points - 1, k) for k in range(n_features)) / 2 ** (n_points - 1))


def _square_about(middle: float, low: float, high: float) -> float:
    """∫ φ(x) (middle − x)² dx from low to high."""
    mass = _above(low) - _above(high) if low > 0 else _above(-high) - _above(-low)
    at_low, at_high = _density(low), _density(high)
    first = at_low - at_high
    second = mass + (low * at_low if isfinite(low) else 0.0) - (high * at_high if isfinite(high) else 0.0)
    return middle**2 * mass - 2 * middle * first + second


def _density(x: float) -> float:
    """φ; scipy's, made for arrays, takes a hundred times as long for one number."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


def _above(x: float) -> float:
    """1 − Φ, which keeps its digits far out."""
    return erfc(x / sqrt(2)) / 2


def _over_norms(function: Callable[[float], float], dimension: float) -> float:
    """Mean of a function of a normal vector's norm."""
    law = stats.chi(dimension)
    of_all = (1 - dimension / 2) * log(2) - lgamma(dimension / 2)

    def weighed(t: float) -> float:
        return exp((dimension - 1) * log(t) - t**2 / 2 + of_all) * function(t)

    low, *middle, high = law.ppf([1e-14, 0.1, 0.5, 0.9, 1 - 1e-14])
    return float(integrate.quad(weighed, low, high, points=middle, epsabs=1e-11, limit=200)[0])
