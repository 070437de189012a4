"""How a density model is fitted and read: every choice by name, and the two protocols that set them all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rote.errors import ConfigError
from rote.options import check_choice, check_positive

# What the mathematics asks for, and what the published code computes.
PROTOCOLS: dict[str, dict[str, Any]] = {
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
CHOICES = {
    "sampler": ("exact", "blocked"),
    "concentration_update": ("exact", "published"),
    "predictive": ("exact", "published"),
    "density_average": ("log_mean", "mean_log"),
    "average": ("divergence_of_mean", "mean_of_divergences"),
    "pooling": ("likeliest", "all"),
}


@dataclass(frozen=True)
class Options:
    """How a density model is fitted and read.

    Attributes
    ----------
    sampler : {"exact", "blocked"}
        Single-site collapsed Gibbs sampling, or the paper's blocks, which are not quite a Gibbs step.
    block_size : int
        Points of a block; of no meaning to the exact sampler.
    split_merge : int
        Split-merge proposals before every sweep of the exact sampler; 0 for none. The blocked one has none.
    concentration_update : {"exact", "published"}
        See `rote.density.sampler.gibbs.draw_concentration`.
    concentration : float, optional
        A fixed α instead.
    predictive : {"exact", "published"}
        Weights of the components in the predictive density, see `rote.density.predictive`.
    density_average : {"log_mean", "mean_log"}
        Log density of a point: log of the mean over posterior samples (Eq. 3), or mean of the logs (published).
    average : {"divergence_of_mean", "mean_of_divergences"}
        Relative entropy of the mean density (Eq. 4, first line), or mean over samples (Eq. 4, last line; published).
    pooling : {"likeliest", "all"}
        Which chains are pooled: those whose kept log joints reach into the highest chain's, or all. Chains that stay in
        different modes of the posterior do not show how much mass each mode has, but the log joint does.
    n_chains : int
        Independent chains.
    n_init_components : int
        Components among which a chain's points are divided at first, and K of the weakly informative prior's scale.
    starts : sequence of int
        Components among which the points of chain 0, 1, … are divided at first instead, from the first again after the
        last; the prior keeps its K. Chains that agree from several starts have not just stayed near one.
    n_sweeps, n_discarded, keep_every : int
        Sweeps of each chain, how many of the first are discarded, and which of the others are kept.

    Raises
    ------
    ConfigError
        If a choice is unknown, a number out of range, or no sweep would be kept.
    """

    sampler: Literal["exact", "blocked"] = "exact"
    block_size: int = 4
    split_merge: int = 3
    concentration_update: Literal["exact", "published"] = "exact"
    concentration: float | None = None
    predictive: Literal["exact", "published"] = "exact"
    density_average: Literal["log_mean", "mean_log"] = "log_mean"
    average: Literal["divergence_of_mean", "mean_of_divergences"] = "divergence_of_mean"
    pooling: Literal["likeliest", "all"] = "likeliest"
    n_chains: int = 1
    n_init_components: int = 6
    starts: Sequence[int] = ()
    n_sweeps: int = 400
    n_discarded: int = 320
    keep_every: int = 4

    def __post_init__(self) -> None:
        for name, valid in CHOICES.items():
            check_choice(name, getattr(self, name), valid)
        counts = ("block_size", "n_chains", "n_init_components", "n_sweeps", "keep_every")
        check_positive(**{name: getattr(self, name) for name in counts})
        for name in ("split_merge", "n_discarded"):
            if (number := getattr(self, name)) < 0:
                raise ConfigError(f"{name} must be a whole number of at least 0, not {number!r}.")
        check_positive(**{f"starts[{place}]": number for place, number in enumerate(self.starts)})
        if not self.kept_sweeps:
            raise ConfigError(
                f"of {self.n_sweeps} sweeps, {self.n_discarded} discarded and every {self.keep_every}th kept, none is "
                "left: raise n_sweeps or lower n_discarded."
            )
        if self.concentration is not None and not self.concentration > 0:
            raise ConfigError(f"concentration must be above 0, not {self.concentration!r}.")

    @classmethod
    def of(cls, protocol: str | None = None, **choices: Any) -> "Options":
        """Options of a protocol ("exact" or "published"), each of which can be given another value."""
        if protocol is not None:
            check_choice("protocol", protocol, PROTOCOLS)
            choices = PROTOCOLS[protocol] | choices
        for name in choices:
            check_choice("option of a density model", name, cls.__dataclass_fields__)
        return cls(**choices)

    def start_of(self, chain: int) -> int:
        """Components among which a chain's points are divided at first."""
        return self.starts[chain % len(self.starts)] if self.starts else self.n_init_components

    @property
    def kept_sweeps(self) -> range:
        """Numbers of the sweeps that are kept, counted from 1."""
        return range(self.n_discarded + self.keep_every, self.n_sweeps + 1, self.keep_every)

    @property
    def points_per_block(self) -> int:
        """Points that the sampler removes together."""
        return self.block_size if self.sampler == "blocked" else 1

    @property
    def moves_per_sweep(self) -> int:
        """Split-merge proposals before every sweep."""
        return self.split_merge if self.sampler == "exact" else 0

    def named(self) -> Mapping[str, Any]:
        """Every option by its name."""
        return asdict(self)
