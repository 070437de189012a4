"""Forms that keep one file of tensors for each network, and a table that lists them."""

from collections.abc import Sequence
from typing import Any

from rote.files import checksum
from rote.parts import Parts
from rote.representations.sources import Recording, Source
from rote.tables import Schema
from rote.tensors import Described, TensorForm


class NetworkFiles:
    """What such forms share, see `rote.representations.sources.Form`; they differ in what a file holds."""

    schema: Schema
    """Of the table that lists the files."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def is_recorded(self, source: Source) -> bool:
        """Whether its file carries the digest."""
        return self._parts(source).is_finished(source.name)

    def keep(self, source: Source, content: Described) -> None:
        """Write a network's file."""
        self._parts(source).write(source.name, content)

    def listed(self, sources: Sequence[Source]) -> tuple[Schema, dict[str, Any]]:
        """A row for each network."""
        parts = self._parts(sources[0])
        parts.keep_only([source.name for source in sources])
        paths = [parts.path(source.name) for source in sources]
        return self.schema, {
            "reference": [source.reference for source in sources],
            "index": [source.index for source in sources],
            "epoch": [source.epoch for source in sources],
            "file": [f"{path.parent.name}/{path.name}" for path in paths],
            "bytes": [path.stat().st_size for path in paths],
            "checksum": [checksum(path) for path in paths],
        }

    def _parts(self, source: Source) -> Parts[Described]:
        return Parts(self.recording.folder, self.recording.digest_of(source), TensorForm())
