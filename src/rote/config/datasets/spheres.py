"""Options of the spherical manifolds, from which their sizes follow (`rote.config.sizes`)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, MultipleOf

from rote.config.bounds import Count, Positive


@dataclass(frozen=True, kw_only=True)
class Spheres:
    """Spherical manifolds, drawn from the study's seed."""

    kind: Literal["spheres"] = "spheres"
    """Which published data set it is; the entry's own name where left out."""
    radius: Positive = 5.0
    """Radius r."""
    dimension: Annotated[int, Ge(2)] = 30
    """Dimension d of a class, at most ambient_dimension."""
    ambient_dimension: Count = 1024
    """Dimension D of the space, a square number."""
    classes: Annotated[int, Ge(2), MultipleOf(2)] = 100
    """Number of classes, even and at most twice ambient_dimension."""
    train_per_class: Count = 500
    """Training points of each class."""
    test_per_class: Count = 100
    """Test points of each class."""
