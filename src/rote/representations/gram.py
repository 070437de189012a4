"""Gram matrices of centred features: all that linear CKA knows of a representation."""

import torch
from torch import Tensor

COLUMNS = 4096  # multiplied in float32 at a time; longer sums are accumulated in float64
BAND = 128  # rows of one product: the narrower, the less is computed in vain left of the diagonal


def centre(features: Tensor) -> Tensor:
    """Features (n, d) minus the mean of each column, in their own dtype.

    The first row is subtracted first. No value of n is further than √n standard deviations from the mean, so what is
    left is of the size of the deviations, whatever the offset, and exactly 0 where a column is constant.
    """
    shifted = features - features[0]
    return shifted - shifted.mean(0)


def gram(features: Tensor) -> Tensor:
    """Gram matrix of features after centring their columns.

    Parameters
    ----------
    features : Tensor
        Shape (n, d), float32 (products in float32, sums in float64) or float64.

    Returns
    -------
    Tensor
        Float64 (n, n), rows and columns of mean 0, equal to HXXᵀH with H = I − 11ᵀ/n.
    """
    n = len(features)
    total = torch.zeros(n, n, dtype=torch.float64, device=features.device)
    for columns in torch.split(features, COLUMNS, dim=1):
        add_inner_products(total, centre(columns))
    return double_centred(total.triu() + total.triu(1).T)


def add_inner_products(total: Tensor, vectors: Tensor) -> None:
    """Add the inner products of vectors to the first rows of their matrix, on and above its diagonal.

    Parameters
    ----------
    total : Tensor
        Float64 (R, n), changed in place. What is added left of the diagonal is not to be used.
    vectors : Tensor
        Shape (n, d), n ≥ R; multiplied in their own dtype.
    """
    height = len(total)
    for first in range(0, height, BAND):
        band = slice(first, min(first + BAND, height))
        total[band, first:] += vectors[band] @ vectors[first:].T


def double_centred(matrix: Tensor) -> Tensor:
    """Symmetric matrices (…, n, n) with every row's and column's mean subtracted: HKH."""
    means = matrix.mean(-1, keepdim=True)
    return matrix - means - means.mT + means.mean(-2, keepdim=True)


def u_centred(matrix: Tensor) -> Tensor:
    """U-centred form of symmetric matrices.

    Parameters
    ----------
    matrix : Tensor
        Shape (…, n, n) with n ≥ 4, double-centred or not.

    Returns
    -------
    Tensor
        Zero on the diagonal, K_ij − r_i − r_j + s beside it, r_i = Σ_l≠i K_il / (n−2) and s = Σ_i r_i / (n−1)
        (Székely and Rizzo 2014). The inner product of two such matrices over n (n−3) is HSIC₁ (Song et al. 2012).
    """
    n = matrix.shape[-1]
    diagonal = torch.eye(n, dtype=torch.bool, device=matrix.device)
    hollow = matrix.masked_fill(diagonal, 0)
    means = hollow.sum(-1, keepdim=True) / (n - 2)
    centred = hollow - means - means.mT + means.sum(-2, keepdim=True) / (n - 1)
    return centred.masked_fill(diagonal, 0)
