"""Gram rows: of each network one file, and a GRAM_ROWS table that lists them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rote.errors import DataError
from rote.files import checksum
from rote.models.network import Network
from rote.models.taps import representations
from rote.parts import Parts
from rote.representations.gram_rows import described, pack
from rote.representations.sources import Recording, Source, Taken, Taps
from rote.tables import Schema
from rote.tables.representations import GRAM_ROWS
from rote.tensors import Described, TensorForm


class Form:
    """See `rote.representations.sources.Form`; a block is a batch."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Outputs as they are, flattened."""
        return representations(model, inputs, taps)

    def blocks(self) -> Sequence[NDArray[np.int64]]:
        """The batches."""
        return list(self.recording.examples)

    def is_recorded(self, source: Source) -> bool:
        """Whether its file carries the digest."""
        return self._parts(source).is_finished(source.name)

    def write(self, source: Source, taken: Iterable[Taken]) -> None:
        """Write its file."""
        packed: dict[str, list[tuple[Tensor, Tensor]]] = {}
        for batch in taken:
            for tap, features in batch.items():
                try:
                    packed.setdefault(tap, []).append(pack(features.float()))
                except DataError as error:
                    raise DataError(f"tap {tap} of {source.name}: {error}") from error
        self._parts(source).write(source.name, described(packed))

    def listed(self, sources: Sequence[Source]) -> tuple[Schema, dict[str, Any]]:
        """A row for each network."""
        parts = self._parts(sources[0])
        parts.keep_only([source.name for source in sources])
        paths = [parts.path(source.name) for source in sources]
        return GRAM_ROWS, {
            "reference": [source.reference for source in sources],
            "index": [source.index for source in sources],
            "epoch": [source.epoch for source in sources],
            "file": [f"{path.parent.name}/{path.name}" for path in paths],
            "bytes": [path.stat().st_size for path in paths],
            "checksum": [checksum(path) for path in paths],
        }

    def _parts(self, source: Source) -> Parts[Described]:
        return Parts(self.recording.folder, self.recording.digest_of(source), TensorForm())
