"""Gram rows: what is kept of a network's representations of batches of images, one file for each network.

A file holds, for every tap, ``rows/<tap>`` (float32) and ``norms/<tap>`` (float64, (batches, 2): the Frobenius norms of
the double-centred and of the U-centred Gram matrix). A row is either

- (batches, n(n+1)/2): the centred Gram matrix at unit norm, its diagonal first, then its strict upper triangle row by
  row; or
- (batches, n, d) where d < n/2: the centred features, scaled so that their Gram matrix has unit norm.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from rote.errors import DataError
from rote.representations.gram import centre, double_centred, gram, u_centred
from rote.tensors import Described

CENTRED = (double_centred, u_centred)  # in the order of norms


def pack(features: Tensor) -> tuple[Tensor, Tensor]:
    """Stored form of one batch's representation.

    Parameters
    ----------
    features : Tensor
        Shape (n, d), float32.

    Returns
    -------
    row, norms : Tensor
        Float32 (n(n+1)/2,) or (n, d), and float64 (2,), as the module says, on the CPU. A constant representation,
        which resembles nothing, has zeros for both.

    Raises
    ------
    DataError
        If a value is not finite.
    """
    n, d = features.shape
    few = 2 * d < n
    centred = centre(features.double()) if few else features
    matrix = gram(centred)
    norms = torch.stack([torch.linalg.matrix_norm(of_centred(matrix)) for of_centred in CENTRED])
    if not bool(norms.isfinite().all()):
        raise DataError("a representation holds a NaN or an infinity. Look for a network that diverged.")
    size = norms[0] if norms[0] > 0 else torch.ones_like(norms[0])
    if few:
        row = centred / size.sqrt()
    else:
        row = torch.cat([matrix.diagonal(), matrix[*torch.triu_indices(n, n, 1, device=matrix.device)]]) / size
    return row.float().cpu(), norms.cpu()


def described(representations: Mapping[str, Sequence[tuple[Tensor, Tensor]]]) -> Described:
    """One network's Gram rows as its file holds them.

    Parameters
    ----------
    representations : mapping of str to sequence of (row, norms)
        Of each tap in order of depth, what `pack` made of each batch.
    """
    tensors = {}
    for tap, packed in representations.items():
        tensors[f"rows/{tap}"] = torch.stack([row for row, _ in packed])
        tensors[f"norms/{tap}"] = torch.stack([norms for _, norms in packed])
    return Described(tensors, {"taps": list(representations)})
