"""Principal angles between two subspaces, exact to rounding for small angles and for right ones.

Björck & Golub (1973): cosines of the angles are the singular values of Q₁ᵀQ₂. Of an angle near 0 the cosine says
little, so small angles are taken from their sine, the singular values of Q₂ − Q₁Q₁ᵀQ₂ (Knyazev & Argentati 2002).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def principal_angles(first: Floats, second: Floats) -> Floats:
    """Principal angles between the spans of two orthonormal bases.

    Parameters
    ----------
    first, second : ndarray, shapes (d, r) and (d, s), float64
        Orthonormal columns.

    Returns
    -------
    ndarray, shape (min(r, s),), float64
        In radians, from 0 to π/2, rising; those of a subspace to itself are 0 up to rounding (1e-15).
    """
    if first.shape[1] < second.shape[1]:
        first, second = second, first
    cosines = first.T @ second
    _, values, right = np.linalg.svd(cosines, full_matrices=False)
    sines = np.linalg.norm((second - first @ cosines) @ right.T, axis=0)
    return np.sort(np.where(values**2 < 0.5, np.arccos(values.clip(max=1)), np.arcsin(sines.clip(max=1))))
