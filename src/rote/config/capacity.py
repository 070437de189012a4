"""How capacity and geometry of manifolds are measured (paper 2, A.1)."""

from dataclasses import dataclass
from typing import Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How capacity and geometry of manifolds are measured."""

    n_draws: Count = 300
    """Random vectors for each manifold, n_t; the Monte Carlo error falls with the root of their number."""
    n_restarts: Count = 10
    """Searches of the directions that centres share, for each number of them."""
    definition: Literal["published", "text", "text_mean_square"] = "published"
    """Of radius and dimension: published (the authors' code: the radius about the mean anchor point), text (the
    paper's appendix: the radius about the centre, and the squared mean of t·ŝ), or text_mean_square (the mean of its
    square)."""
    directions: Literal["published", "rank"] = "published"
    """Dimensions that the published definition counts: published (as many as a manifold has images, one of which is
    spare), or rank (as many as the images span)."""
    center_removal: Literal["auto", "published", "none"] = "auto"
    """Whether directions that centres share are projected out: published (by the authors' rule), none, or auto, the
    published rule for 30 manifolds and more. Among fewer, their number is unstable and moves the capacity by a half."""
    sampling: Literal["independent", "stratified"] = "independent"
    """Of the random vectors' coordinates along a manifold's centre: independent, as published, or stratified, which
    makes capacities more exact at no cost; their errors are then stated too large."""
