"""Parts of a job's result, each kept as it is finished: a killed job goes on with those that are missing.

A part is a file under its key, absent or whole, that carries a digest of everything that it depends on. Parts of
another digest count as missing. Once all are there they are joined, and removed.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rote.files import checksum
from rote.provenance import package_versions

Value = TypeVar("Value")


class Form(Protocol[Value]):
    """How a part is stored: as a table (`rote.tables.parts`), as tensors (`rote.tensors`)."""

    @property
    def suffix(self) -> str:
        """Of its file."""

    def write(self, path: Path, value: Value, digest: str) -> None:
        """Write a part with the digest that it carries; the file is absent or whole."""

    def read(self, path: Path) -> Value:
        """What was written."""

    def digest(self, path: Path) -> str | None:
        """The digest that a part carries, None where there is no whole file."""


def digest(depends_on: Mapping[str, Any], inputs: Iterable[Path] = ()) -> str:
    """Digest of what parts depend on.

    Parameters
    ----------
    depends_on : mapping
        What JSON can hold, for example `rote.job.Job.depends_on`.
    inputs : iterable of Path
        Files that the parts depend on: their content counts.

    Returns
    -------
    str
        Hexadecimal, of this and of the versions of packages.
    """
    whole = {"depends_on": depends_on, "inputs": [checksum(path) for path in inputs], "packages": package_versions()}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Parts(Generic[Value]):
    """Parts of one form in a folder that holds nothing else.

    Attributes
    ----------
    folder : Path
    digest : str
        Of everything that the parts depend on, see `digest`.
    form : Form
    """

    folder: Path
    digest: str
    form: Form[Value]

    def path(self, key: str) -> Path:
        """File of a part."""
        return self.folder / f"{key}{self.form.suffix}"

    def is_finished(self, key: str) -> bool:
        """Whether a part of this digest is there."""
        return self.form.digest(self.path(key)) == self.digest

    def finished(self) -> list[str]:
        """Keys of all parts of this digest, in their order."""
        paths = sorted(self.folder.glob(f"[!.]*{self.form.suffix}"))
        return [key for path in paths if self.is_finished(key := path.name.removesuffix(self.form.suffix))]

    def write(self, key: str, value: Value) -> None:
        """Keep a part; errors as of its form."""
        self.form.write(self.path(key), value, self.digest)

    def read(self, key: str) -> Value:
        """A part that is there; errors as of its form."""
        return self.form.read(self.path(key))

    def keep_only(self, keys: Collection[str]) -> None:
        """Delete whatever else lies in the folder."""
        for other in set(self.folder.iterdir()) - set(map(self.path, keys)):
            other.unlink()

    def remove(self) -> None:
        """Delete the folder: the job is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)
