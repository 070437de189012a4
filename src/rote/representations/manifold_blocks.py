"""Inner products of manifolds as they are kept: one file for each network.

A file holds for every tap and for every group of manifolds, by its number, ``within/NUMBER/TAP`` (P, M, M),
``crossed/NUMBER/TAP`` (P, P, M) and ``centers/NUMBER/TAP`` (P, P), float64, as `rote.representations.inner_products`
has them; and for every group ``examples/NUMBER`` (P, M), int64. Its description says the ``groups`` in order, and
``n_features`` by tap, in order of depth.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from rote import tables
from rote.errors import TableError
from rote.representations.images import load_drawn
from rote.tables.representations import MANIFOLD_IMAGES

KEY = "rote"  # of the description in a file's metadata, as `rote.tensors` writes it; measuring needs no torch
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


@dataclass(frozen=True)
class NetworkBlocks:
    """A network's file, of which one group at one tap is read at a time.

    Attributes
    ----------
    path : Path
    groups : list of Manifolds
    n_features : mapping of str to int
        By tap, in order of depth.
    """

    path: Path
    groups: list[Manifolds]
    n_features: Mapping[str, int]

    @classmethod
    def opened(cls, path: Path) -> "NetworkBlocks":
        """Read what a file says of itself.

        Raises
        ------
        TableError
            If it is missing, damaged or another file.
        """
        with _reading(path) as file:
            described = json.loads(file.metadata()[KEY])
            groups = [
                Manifolds(
                    one["group"], one["shuffled"], tuple(one["classes"]), file.get_tensor(name_of(EXAMPLES, number))
                )
                for number, one in enumerate(described["groups"])
            ]
            return cls(path, groups, described["n_features"])

    def parts(self, number: int, tap: str) -> list[NDArray[np.float64]]:
        """Arrays ``within`` (P, M, M), ``crossed`` (P, P, M) and ``centers`` (P, P); errors as of `opened`."""
        with _reading(self.path) as file:
            return [file.get_tensor(name_of(part, number, tap)) for part in PARTS]


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, "numpy") as file:
            yield file
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"{path} is missing or damaged ({error}). Delete it and run again.") from error
