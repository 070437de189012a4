"""Checkpoints as their manifest lists them, whether or not they lie there."""

from pathlib import Path
from typing import NamedTuple

from rote import tables
from rote.tables.training import CHECKPOINTS


class Listed(NamedTuple):
    """A checkpoint as its manifest lists it."""

    epoch: int
    path: Path
    bytes: int
    checksum: str

    @property
    def is_there(self) -> bool:
        """Whether the file lies there whole; files are moved into place, so the size tells, and who reads it checks."""
        return self.path.is_file() and self.path.stat().st_size == self.bytes


def listed_checkpoints(manifest: Path) -> list[Listed]:
    """Checkpoints of a CHECKPOINTS table, by epoch; a TableError if it is missing or damaged."""
    rows = tables.read(manifest, CHECKPOINTS).to_pylist()
    return sorted(Listed(row["epoch"], manifest.parent / row["file"], row["bytes"], row["checksum"]) for row in rows)
