"""Options of the density models, and the two protocols that set them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rote.config.bounds import Count, NonNegative, Positive, Whole

Protocol = Literal["exact", "published"]

# What the mathematics asks for, and what the published code computes.
PROTOCOLS: Mapping[Protocol, Mapping[str, Any]] = {
    "exact": {
        "sampler": "exact",
        "concentration_update": "exact",
        "predictive": "exact",
        "density_average": "log_mean",
        "average": "divergence_of_mean",
        "pooling": "likeliest",
    },
    "published": {
        "sampler": "blocked",
        "concentration_update": "published",
        "predictive": "published",
        "density_average": "mean_log",
        "average": "mean_of_divergences",
        "pooling": "all",
    },
}


@dataclass(frozen=True, kw_only=True)
class DensityModel:
    """How a density model is fitted and read; the first six keys follow from the protocol where left out."""

    sampler: Literal["exact", "blocked"] = "exact"
    """Single-site collapsed Gibbs sampling, or the paper's blocks, which are not quite a Gibbs step."""
    concentration_update: Literal["exact", "published"] = "exact"
    """How the concentration is drawn: see rote.density.sampler.gibbs.draw_concentration."""
    predictive: Literal["exact", "published"] = "exact"
    """Weights of the components in the predictive density: see rote.density.predictive."""
    density_average: Literal["log_mean", "mean_log"] = "log_mean"
    """Log density of a point: log of the mean over posterior samples (Eq. 3), or mean of the logs (published)."""
    average: Literal["divergence_of_mean", "mean_of_divergences"] = "divergence_of_mean"
    """Relative entropy of the mean density (Eq. 4, first line), or mean over samples (Eq. 4, last line; published)."""
    pooling: Literal["likeliest", "all"] = "likeliest"
    """Which chains are pooled: those whose kept log joints reach into the highest chain's, or all."""
    concentration: Positive | None = None
    """A fixed concentration instead of a drawn one."""
    block_size: Count = 4
    """Points that the blocked sampler draws together."""
    split_merge: Whole = 3
    """Split-merge proposals before every sweep of the exact sampler."""
    n_chains: Count = 1
    """Independent chains."""
    n_init_components: Count = 6
    """Components among which points are divided at first; also K of the prior's scale."""
    initial_components: tuple[Count, ...] = ()
    """Components among which the points of chain 0, 1, … are divided at first instead, from the first again after
    the last."""
    n_sweeps: Count = 400
    """Sweeps of a chain."""
    n_discarded: Whole = 320
    """Sweeps left out at first."""
    keep_every: Count = 4
    """Which of the other sweeps are kept."""


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Standard error up to which a Monte Carlo estimate is drawn on; either bound is enough."""

    relative_standard_error: NonNegative = 0.0
    """Bound as a share of the estimate."""
    standard_error: NonNegative = 0.0
    """Bound in nats."""
    max_draws: Count = 1 << 17
    """Draws after which an estimate is given as it is."""
