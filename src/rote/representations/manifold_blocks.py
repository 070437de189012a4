"""Inner products of manifolds as they are kept: one file for each network.

A file holds for every tap and for every group of manifolds, by its number, ``within/NUMBER/TAP`` (P, M, M),
``crossed/NUMBER/TAP`` (P, P, M) and ``centers/NUMBER/TAP`` (P, P), float64, as `rote.representations.inner_products`
has them; and for every group ``examples/NUMBER`` (P, M), int64. Its description says the ``groups`` in order, and
``n_features`` by tap, in order of depth.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.representations.images import load_drawn
from rote.tables.representations import MANIFOLD_IMAGES

EXAMPLES = "examples"
PARTS = ("within", "crossed", "centers")


@dataclass(frozen=True, eq=False)
class Manifolds:
    """Manifolds that are compared with one another: classes of one group of examples.

    Attributes
    ----------
    group : str
        unpermuted, permuted, restored or test.
    shuffled : bool
        Whether the group's images were dealt out to its classes at random.
    classes : tuple of int
        P classes.
    examples : ndarray, shape (P, M), int64
        Numbers of their images.
    """

    group: str
    shuffled: bool
    classes: tuple[int, ...]
    examples: NDArray[np.int64]

    def described(self) -> dict[str, Any]:
        """All but the images, as the description of a file has it."""
        return {"group": self.group, "shuffled": self.shuffled, "classes": list(self.classes)}


def load_manifolds(path: Path) -> list[Manifolds]:
    """Groups of manifolds of a MANIFOLD_IMAGES table, in their order; errors as of `rote.tables.read`."""
    examples = load_drawn(path)
    table = tables.read(path, MANIFOLD_IMAGES, ["batch", "group", "shuffled", "class"]).to_pandas()
    manifolds = table.drop_duplicates("batch").sort_values("batch")
    return [
        Manifolds(
            str(group),
            bool(shuffled),
            tuple(int(label) for label in rows["class"]),
            examples[rows["batch"].to_numpy()],
        )
        for (group, shuffled), rows in manifolds.groupby(["group", "shuffled"], sort=False, observed=True)
    ]


def name_of(part: str, number: int, tap: str | None = None) -> str:
    """Name of a tensor of a group of manifolds."""
    return f"{part}/{number}" if tap is None else f"{part}/{number}/{tap}"
