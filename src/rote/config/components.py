"""How many components a class subspace has: a share of the variance or a number, told apart by name."""

from dataclasses import dataclass

from rote.config.bounds import Count, PositiveShare


@dataclass(frozen=True, kw_only=True)
class Components:
    """Principal components that span a class subspace: give one of the two, so that 1 can mean only one of both."""

    share: PositiveShare | None = None
    """As many as it takes until their sum of squares first exceeds this share of that of all; 1.0 takes all."""
    number: Count | None = None
    """So many, or all where there are fewer."""
