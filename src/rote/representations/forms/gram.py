"""Gram rows: of each network one file, and a GRAM_ROWS table that lists them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rote.errors import DataError
from rote.models.network import Network
from rote.models.taps import representations
from rote.representations.gram_rows import described, pack
from rote.representations.network_files import NetworkFiles
from rote.representations.sources import Source, Taken, Taps
from rote.tables.representations import GRAM_ROWS


class Form(NetworkFiles):
    """See `rote.representations.sources.Form`; a block is a batch."""

    schema = GRAM_ROWS

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Outputs as they are, flattened."""
        return representations(model, inputs, taps)

    def blocks(self) -> Sequence[NDArray[np.int64]]:
        """The batches."""
        return list(self.recording.examples)

    def write(self, source: Source, taken: Iterable[Taken]) -> None:
        """Write its file."""
        packed: dict[str, list[tuple[Tensor, Tensor]]] = {}
        for batch in taken:
            for tap, features in batch.items():
                try:
                    packed.setdefault(tap, []).append(pack(features.float()))
                except DataError as error:
                    raise DataError(f"tap {tap} of {source.name}: {error}") from error
        self.keep(source, described(packed))
