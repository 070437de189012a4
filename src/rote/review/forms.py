"""Paths and values by name, in the form in which a job's script sees them."""

from collections.abc import ItemsView, Mapping
from typing import Any

from rote.errors import TableError


class MissingNameError(TableError, AttributeError):
    """A table's record lacks what the job's script asks for by name."""


class Values(dict[str, Any]):
    """Parameters or wildcards: a mapping whose keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise MissingNameError(f"no {name!r} is on record, only {', '.join(self) or 'nothing'}")
        return self[name]


class Files(list[str]):
    """Paths in one list, those with a name as attributes too.

    Parameters
    ----------
    recorded : mapping of str to str or list of str
        As provenance has them: a path without a name, which come first, stands under its place.

    Raises
    ------
    TableError
        If it holds anything but paths.
    """

    def __init__(self, recorded: Mapping[str, Any]) -> None:
        super().__init__()
        self._named = Values({name: found for name, found in recorded.items() if not name.isdecimal()})
        unnamed = sorted(recorded.keys() - self._named.keys(), key=int)
        for found in [*map(recorded.__getitem__, unnamed), *self._named.values()]:
            paths = found if isinstance(found, list) else [found]
            if not all(isinstance(path, str) for path in paths):
                raise TableError(f"{found!r} stands among its files and is no path.")
            self.extend(paths)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._named, name)

    def items(self) -> ItemsView[str, Any]:
        """Those with a name: a path or a list of paths each."""
        return self._named.items()
