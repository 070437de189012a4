"""What every form of representations is given: the networks to record, one by one, and what they have in common."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rote.data.labels import Labels
from rote.models.network import Network
from rote.parts import digest
from rote.tables import Schema

Taken = Mapping[str, Tensor]  # by tap, (n, features)
Taps = Sequence[str] | Literal["all", "relu"]


@dataclass(frozen=True)
class Source:
    """A network whose representations are taken: what tells it from others, its origin, and how to get it."""

    reference: Literal["own", "unrelated"]
    index: int
    epoch: int
    origin: str
    """Checksum of the checkpoint, or seed of the initialisation."""
    network: Callable[[], Network]

    @property
    def name(self) -> str:
        """Name of its file without suffix, or with what its files begin."""
        return f"epoch_{self.epoch:06d}" if self.reference == "own" else f"unrelated_{self.index:03d}"


@dataclass(frozen=True)
class Recording:
    """What the networks of a recording have in common.

    Attributes
    ----------
    folder : Path
        Holds what is recorded and nothing else.
    taps : tuple of str
        In order of depth.
    examples : ndarray
        Numbers of the images within their split, int64 (batches, n).
    drawn : Path, optional
        The table that they stand in, where not all images are taken.
    labels : Labels, optional
        Of all images of the split.
    digest : str
        Of everything that is recorded depends on but the network.
    provenance : mapping
        Of tables.
    """

    folder: Path
    taps: tuple[str, ...]
    examples: NDArray[np.int64]
    drawn: Path | None
    labels: Labels | None
    digest: str
    provenance: Mapping[str, Any]

    def digest_of(self, source: Source) -> str:
        """Digest of everything that the representations of a network depend on."""
        return digest({"of": self.digest, "origin": source.origin})


class Form(Protocol):
    """A way of keeping representations; `rote.representations.forms` has one module for each, with a class `Form`."""

    def __init__(self, recording: Recording) -> None: ...

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Representations of normalised images (n, C, H, W) by tap, each (n, features)."""

    def blocks(self) -> Sequence[NDArray[np.int64]]:
        """Examples in the portions in which their representations are taken and handed to `write`."""

    def is_recorded(self, source: Source) -> bool:
        """Whether a network's representations, of the digest that they must have, lie there whole."""

    def write(self, source: Source, taken: Iterable[Taken]) -> None:
        """Keep a network's representations, block by block.

        Raises
        ------
        DataError
            If a value is not finite.
        """

    def listed(self, sources: Sequence[Source]) -> tuple[Schema, dict[str, Any]]:
        """Schema and columns of the table that lists what was recorded; whatever else lies in the folder is deleted."""
