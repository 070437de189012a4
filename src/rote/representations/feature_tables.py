"""Feature vectors of images: a table for each network and tap, and a REPRESENTATION_FILES table that lists them."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.errors import DataError
from rote.files import checksum
from rote.parts import digest
from rote.representations.sources import Recording, Source, Taken
from rote.tables import Schema
from rote.tables.parts import TableForm
from rote.tables.representations import REPRESENTATION_FILES, as_column, representations

BLOCK = 4096  # examples in memory at a time


class FeatureTables:
    """What forms of feature vectors share, see `rote.representations.sources.Form`; they differ in what they take."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def blocks(self) -> Sequence[NDArray[np.int64]]:
        """All examples, so many at a time."""
        examples = self.recording.examples.ravel()
        return [examples[start : start + BLOCK] for start in range(0, len(examples), BLOCK)]

    def is_recorded(self, source: Source) -> bool:
        """Whether the tables of all its taps carry the digest."""
        form, expected = TableForm(REPRESENTATION_FILES), self._digest(source)
        return all(form.digest(path) == expected for path in self._paths(source).values())

    def write(self, source: Source, taken: Iterable[Taken]) -> None:
        """Write the tables of its taps, all of them whole or none."""
        labels, paths, writers = self.recording.labels, self._paths(source), {}
        with ExitStack() as stack:
            for examples, features in zip(self.blocks(), taken, strict=True):
                assert labels is not None
                labelled = {
                    "example": examples.astype(np.int32),
                    "true_label": labels.true_label[examples].astype(np.int16),
                    "train_label": labels.train_label[examples].astype(np.int16),
                }
                for tap, tensor in features.items():
                    values = tensor.float().cpu().numpy()
                    if not np.isfinite(values).all():
                        raise DataError(
                            f"tap {tap} of {source.name}: a representation holds a NaN or an infinity. Look for a "
                            "network that diverged."
                        )
                    if tap not in writers:
                        writing = tables.writing(paths[tap], *self._described(source, tap, values.shape[1]))
                        writers[tap] = stack.enter_context(writing)
                    writers[tap].append({**labelled, "representation": as_column(values)})

    def listed(self, sources: Sequence[Source]) -> tuple[Schema, dict[str, Any]]:
        """A row for each network and tap."""
        folder, kept = self.recording.folder, [self._paths(source) for source in sources]
        for stale in set(folder.iterdir()) - {path for paths in kept for path in paths.values()}:
            stale.unlink()
        rows = [(source, tap, path) for source, paths in zip(sources, kept, strict=True) for tap, path in paths.items()]
        return REPRESENTATION_FILES, {
            "reference": [source.reference for source, _, _ in rows],
            "index": [source.index for source, _, _ in rows],
            "epoch": [source.epoch for source, _, _ in rows],
            "tap": [tap for _, tap, _ in rows],
            "file": [f"{folder.name}/{path.name}" for _, _, path in rows],
            "examples": [self.recording.examples.size] * len(rows),
            "dimensions": [tables.provenance(path)["dimensions"] for _, _, path in rows],
            "bytes": [path.stat().st_size for _, _, path in rows],
            "checksum": [checksum(path) for _, _, path in rows],
        }

    def _paths(self, source: Source) -> dict[str, Path]:
        return {tap: self.recording.folder / f"{source.name}_{tap}.parquet" for tap in self.recording.taps}

    def _digest(self, source: Source) -> str:
        """Of all that the tables depend on and say: who made them counts, since each table says so."""
        return digest({"network": self.recording.digest_of(source), "provenance": self.recording.provenance})

    def _described(self, source: Source, tap: str, dimensions: int) -> tuple[Schema, dict[str, Any]]:
        """Schema and provenance of the table of a tap."""
        of_network = {"reference": source.reference, "index": source.index, "epoch": source.epoch}
        of_tap = {"tap": tap, "dimensions": dimensions, "digest": self._digest(source)}
        return representations(dimensions), {**self.recording.provenance, **of_network, **of_tap}
