"""Layouts of images in the plane (paper 2)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from rote.config.bounds import Count, NonNegative, Whole


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """Layouts of the images of a few classes by UMAP, and how many neighbours share a label (Figs 2B and A.2)."""

    taps: Literal["last_relu"] | Annotated[tuple[str, ...], MinLen(1)] = "last_relu"
    """Layers: the output of the last ReLU, or a list of names of taps."""
    epochs: Annotated[tuple[Literal["first", "best", "last"] | Whole, ...], MinLen(1)] = ("first", "best", "last")
    """Checkpoints, by these words or by their epochs."""
    classes: Annotated[int, Ge(2)] = 10
    """The first so many classes of the manifolds' images are laid out."""
    n_neighbors: Annotated[int, Ge(2)] = 15
    """Size of UMAP's neighbourhoods; the text gives none of its parameters, these are the package's."""
    min_dist: NonNegative = 0.1
    """Least distance of images in the plane."""
    agreement_neighbours: Count = 10
    """Nearest neighbours of an image, in the features, whose labels are compared with its own."""
