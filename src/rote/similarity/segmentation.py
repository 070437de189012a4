"""Segmentation of a similarity map into blocks along its diagonal, by exact dynamic programming.

Kernel change-point detection, with the map as the kernel (Arlot, Celisse and Harchaoui, "A kernel multiple
change-point algorithm via model selection", 2019): the scatter of a segment is Σ_i k_ii − Σ_ij k_ij / length, the sum
of squared distances of its points from their mean in the kernel's feature space.
"""

import numpy as np
from numpy.typing import NDArray

SHORTEST = 2  # points of a block: one alone has no scatter and is no block


def scatters(similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scatter of every segment.

    Parameters
    ----------
    similarity : ndarray
        Symmetric map (G, G).

    Returns
    -------
    ndarray
        Float64 (G+1, G+1): of points a … b−1 at [a, b], infinite for fewer than `SHORTEST` points.
    """
    size = len(similarity)
    sums = np.zeros((size + 1, size + 1))
    sums[1:, 1:] = similarity.cumsum(0).cumsum(1)
    corner = sums.diagonal()
    whole = corner[None] - sums - sums.T + corner[:, None]
    trace = np.concatenate([[0], similarity.diagonal().cumsum()])
    length = np.arange(size + 1)[None] - np.arange(size + 1)[:, None]
    scatter = trace[None] - trace[:, None] - whole / np.maximum(length, 1)
    return np.where(length >= SHORTEST, scatter, np.inf)


def segmentations(scatter: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], list[list[int]]]:
    """Best segmentations with 0 to `most` boundaries.

    Parameters
    ----------
    scatter : ndarray
        Of every segment, see `scatters`, (G+1, G+1).
    most : int

    Returns
    -------
    total : ndarray
        Least total scatter for each number of boundaries, float64 (most+1,), infinite where the blocks would be too
        short.
    boundaries : list of list of int
        First point of every block but the first, for each number (empty where there is none).
    """
    size = len(scatter) - 1
    best = [scatter[0]]  # of points 0 … b−1 at [b]
    last = []
    for _ in range(most):
        candidates = best[-1][:, None] + scatter
        last.append(candidates.argmin(0))
        best.append(candidates.min(0))
    total = np.array([row[size] for row in best])
    boundaries: list[list[int]] = []
    for number in range(most + 1):
        found: list[int] = []
        end = size
        for choice in reversed(last[:number] if np.isfinite(total[number]) else []):
            end = int(choice[end])
            found.insert(0, end)
        boundaries.append(found)
    return total, boundaries
