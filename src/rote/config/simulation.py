"""Capacity of manifolds by simulation (paper 2)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, MinLen


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Capacity by simulation, against which that of mean-field theory is held (Fig. 1B)."""

    epochs: Annotated[tuple[Literal["first", "best", "last"], ...], MinLen(1)] = ("best", "last")
    """Checkpoints, of those that the manifolds are recorded of."""
    n_dichotomies: Annotated[int, Ge(6)] = 100
    """Random divisions of the classes in two, of each group at each tap; six are the fewest that give an interval. Each
    takes milliseconds among 10 classes of 36 images, and most of a second among 100 of 50."""
