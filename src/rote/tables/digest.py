"""Digest of a table's content, carried by the table: a value that is altered later does not fit it.

It covers the row groups, which are all that comes before a Parquet file's footer, and the provenance.
"""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq

KEY = "digest"
BLOCK = 1 << 20
LENGTH, MAGIC = 4, 4  # a Parquet file ends with the length of its footer and "PAR1"


def content_digest(path: Path, size: int, provenance: bytes) -> str:
    """SHA-256, hexadecimal, of provenance and of a file's first `size` bytes, read in blocks."""
    digest = hashlib.sha256(provenance)
    with path.open("rb") as file:
        for start in range(0, size, BLOCK):
            digest.update(file.read(min(BLOCK, size - start)))
    return digest.hexdigest()


def carried_digest(path: Path) -> str | None:
    """The digest that a whole table carries, None where it has none."""
    with pq.ParquetFile(path) as file:
        found: bytes | None = (file.metadata.metadata or {}).get(KEY.encode())
    return found.decode() if found else None


def present_digest(path: Path) -> str:
    """The digest of a whole table's content as it is now."""
    with pq.ParquetFile(path) as file:
        provenance = (file.metadata.metadata or {}).get(b"rote", b"")
    with path.open("rb") as file:
        end = file.seek(-LENGTH - MAGIC, 2)
        footer = int.from_bytes(file.read(LENGTH), "little")
    return content_digest(path, end - footer, provenance)
