"""All classifiers that are made of one set of class moments, and their decisions on the same examples."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rote.config.components import Components
from rote.subspaces.baselines import LinearDiscriminant, cosines_to_means
from rote.subspaces.bases import class_subspaces
from rote.subspaces.decisions import Decided, decided, settled_squares
from rote.subspaces.moments import ClassMoments

Points = NDArray[np.floating]


class Method(NamedTuple):
    """A classifier's name, and of subspaces their size: ``share 0.99`` or ``number 1``."""

    method: str
    components: str


def size_name(size: Components) -> str:
    """A size as tables have it."""
    return f"share {size.share:g}" if size.number is None else f"number {size.number}"


class Classifiers:
    """Class subspaces at several sizes, and baselines.

    Parameters
    ----------
    moments : ClassMoments
    components : sequence of Components
    baselines : sequence of {"class_means", "discriminant"}
    shrinkage : float
        See `rote.subspaces.baselines.LinearDiscriminant`.

    Attributes
    ----------
    methods : tuple of Method
    subspaces : Subspaces
    """

    def __init__(
        self, moments: ClassMoments, components: Sequence[Components], baselines: Sequence[str], shrinkage: float
    ) -> None:
        self.methods = (
            *(Method("subspaces", size_name(size)) for size in components),
            *(Method(name, "none") for name in baselines),
        )
        self.subspaces = class_subspaces(moments, components)
        self._moments = moments
        self._baselines = tuple(baselines)
        self._discriminant = LinearDiscriminant(moments, shrinkage) if "discriminant" in baselines else None

    def decide(self, points: Points) -> Decided:
        """Decisions of each method, shape (methods, n).

        Parameters
        ----------
        points : ndarray, shape (n, d), float32 or float64

        Returns
        -------
        Decided
        """
        found = [decided(settled_squares(self.subspaces, points))]
        for name in self._baselines:
            if name == "class_means":
                scores = cosines_to_means(self._moments, points)
            else:
                assert self._discriminant is not None  # it is among the baselines
                scores = self._discriminant.scores(points)
            found.append(decided(scores[None]))
        return Decided(np.concatenate([one.classes for one in found]), np.concatenate([one.tied for one in found]))
