"""Progress bars: shown to a person at a terminal, a line now and then in a log."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def track(
    items: Iterable[T], description: str, total: int | None = None, unit: str = "it", initial: int = 0
) -> Iterator[T]:
    """Iterate over `items` with a progress bar on standard error.

    Parameters
    ----------
    items : iterable
    description : str
    total : int, optional
        Number of items where `items` has no length.
    unit : str
        What an item is.
    initial : int
        How many were done before (a resumed job).
    """
    interval = 0.5 if sys.stderr.isatty() else 30.0
    yield from tqdm(items, description, total, unit=unit, initial=initial, mininterval=interval, dynamic_ncols=True)
