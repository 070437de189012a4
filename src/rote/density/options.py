"""How a density model is fitted and read: every choice by name, and the two protocols that set them all."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Self

from rote.config import density_model
from rote.errors import ConfigError
from rote.options import check_choice
from rote.settings import parse

PROTOCOLS = density_model.PROTOCOLS


class Options(density_model.DensityModel):
    """How a density model is fitted and read; the choices are those of `rote.config.density_model`.

    Chains that agree from several numbers of initial components have not just stayed near one. Those that stay in
    different modes of the posterior do not show how much mass each mode has, but the log joint does: hence the pooling
    by it.
    """

    @classmethod
    def of(cls, protocol: str | None = None, **choices: Any) -> Self:
        """Options of a protocol, each of which can be given another value.

        Parameters
        ----------
        protocol : {"exact", "published"}, optional
        **choices
            Options by name.

        Raises
        ------
        ConfigError
            If a choice is unknown, a number out of range, or no sweep would be kept.
        """
        if protocol is not None:
            check_choice("protocol", protocol, PROTOCOLS)
            choices = {**PROTOCOLS[protocol], **choices}  # type: ignore[index]  # one of them, as was checked
        made = parse(cls, choices, "options of a density model")
        if not made.kept_sweeps:
            raise ConfigError(
                f"of {made.n_sweeps} sweeps, {made.n_discarded} discarded and every {made.keep_every}th kept, none is "
                "left: raise n_sweeps or lower n_discarded."
            )
        return made

    def start_of(self, chain: int) -> int:
        """Components among which a chain's points are divided at first."""
        given = self.initial_components
        return given[chain % len(given)] if given else self.n_init_components

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
