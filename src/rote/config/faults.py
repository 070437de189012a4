"""Faults of a configuration, told with the key, its place in the file and the remedy."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rote.errors import ConfigError

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong with the value at a path of keys.

    Attributes
    ----------
    path : tuple
    says : str
    at : tuple, optional
        Where to look for it in the file, if not at `path`.
    """

    path: Path
    says: str
    at: Path | None = None

    def __str__(self) -> str:
        return f"{called(self.path)}: {self.says}"


def called(path: Path) -> str:
    """A path of keys as messages write it."""
    return ".".join(map(str, path)) or "the top level"


def nearest(word: Any, known: Iterable[Any]) -> str:
    """The nearest known name, or all of them, as the end of a message."""
    names = [str(name) for name in known]
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" (known are: {', '.join(names)})" if names else " (there is none yet)"


def refuse(faults: Sequence[Fault], lines: Mapping[Path, str] | None = None) -> None:
    """Raise one error for all faults, if there are any.

    Parameters
    ----------
    faults : sequence of Fault
    lines : mapping, optional
        Place in a file ("my.yaml:12") of each path of keys.

    Raises
    ------
    ConfigError
        One line for each fault, in the order given.
    """
    if faults:
        told = dict.fromkeys(f"  - {_place(fault.at or fault.path, lines or {})}{fault}" for fault in faults)
        raise ConfigError("the configuration cannot be used:\n" + "\n".join(told))


def _place(path: Path, lines: Mapping[Path, str]) -> str:
    """The place of the value, or of the nearest one above it."""
    above = (path[:length] for length in range(len(path), 0, -1))
    place = next((lines[part] for part in above if part in lines), None)
    return f"{place}: " if place else ""
