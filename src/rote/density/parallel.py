"""Work on many classes at once: processes with one BLAS thread each, as the matrices are small."""

from collections.abc import Sequence
from typing import Any

from joblib import Parallel
from threadpoolctl import threadpool_limits

from rote.progress import track


def in_parallel(work: Sequence[Any], processes: int, description: str, unit: str) -> list[Any]:
    """Do joblib's delayed calls, with progress.

    Parameters
    ----------
    work : sequence of delayed calls
    processes : int
    description, unit : str
        See `rote.progress.bar`.

    Returns
    -------
    list
        Results in order of the calls.
    """
    with threadpool_limits(1):  # one process is this one
        results = Parallel(processes, return_as="generator")(work)
        return list(track(results, description, total=len(work), unit=unit))
