"""Which chains of a density model are pooled."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.options import check_choice


def pooled_chains(log_joint: ArrayLike, pooling: str) -> NDArray[np.int64]:
    """Numbers of the chains whose posterior samples are pooled.

    The posterior can have modes with a barrier of thousands of nats between them, which no chain crosses. Pooled with
    equal weights, chains in several modes would stand for none. A difference of the log joint far beyond its spread
    chooses one here; as the log joint leaves out how many partitions a mode has, it does not say which has the mass.

    Parameters
    ----------
    log_joint : array-like, shape (n_chains, kept)
        Log joint density after each kept sweep, in nats.
    pooling : {"likeliest", "all"}
        Chains whose highest log joint is not below the lowest of the chain with the highest mean; or all.

    Returns
    -------
    ndarray of int64

    Raises
    ------
    ConfigError
        If there is no such pooling.
    """
    check_choice("pooling", pooling, ("likeliest", "all"))
    traces = np.asarray(log_joint, np.float64)
    if pooling == "all":
        return np.arange(len(traces))
    best = traces[traces.mean(axis=1).argmax()]
    return np.flatnonzero(traces.max(axis=1) >= best.min())
