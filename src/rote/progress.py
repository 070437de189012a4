"""Progress bars: shown to a person at a terminal, a line now and then in a log."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def bar(description: str, total: int | None, unit: str, initial: int = 0, shown: bool = True) -> "tqdm[Any]":
    """A progress bar on standard error that its user moves, a context manager.

    Parameters
    ----------
    description : str
    total : int or None
        Number of items, if known.
    unit : str
        What an item is.
    initial : int
        How many were done before (a resumed job).
    shown : bool
    """
    interval = 0.5 if sys.stderr.isatty() else 30.0
    return tqdm(
        desc=description,
        total=total,
        unit=unit,
        initial=initial,
        mininterval=interval,
        dynamic_ncols=True,
        disable=not shown,
    )


def track(items: Iterable[T], description: str, total: int | None = None, unit: str = "it") -> Iterator[T]:
    """Iterate over `items` with a progress bar; `total` where they have no length, the rest as in `bar`."""
    known = len(items) if total is None and isinstance(items, Sized) else total
    with bar(description, known, unit) as moving:
        for item in items:
            yield item
            moving.update()
