"""Centred kernel alignment of two representations, in float64 from start to end.

Kornblith et al., "Similarity of neural network representations revisited" (2019), with a linear kernel; the unbiased
estimator of HSIC is that of Song et al., "Feature selection via dependence maximization" (2012).
"""

import math
from typing import Literal

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from rote.errors import DataError
from rote.options import check_choice
from rote.representations.gram import double_centred, u_centred

Estimator = Literal["biased", "unbiased"]
ESTIMATORS: tuple[Estimator, ...] = ("biased", "unbiased")
FEWEST_EXAMPLES = {"biased": 2, "unbiased": 4}


def centred_for(estimator: Estimator, matrix: Tensor) -> Tensor:
    """Gram matrices (…, n, n) as an estimator of HSIC centres them: double-centred or U-centred."""
    return u_centred(matrix) if estimator == "unbiased" else double_centred(matrix)


def linear_cka(x: ArrayLike | Tensor, y: ArrayLike | Tensor, *, estimator: Estimator = "biased") -> float:
    """Centred kernel alignment with a linear kernel.

    Parameters
    ----------
    x, y : array or Tensor
        Representations of the same n examples, shapes (n, p) and (n, q), of any real dtype. Computed in float64 on
        `x`'s device.
    estimator : {"biased", "unbiased"}
        Of HSIC: ‖XᵀY‖² of centred features (Kornblith et al., eq. 2), or HSIC₁ (Song et al., eq. 5), which is the
        inner product of U-centred Gram matrices and has mean 0 for unrelated features.

    Returns
    -------
    float
        HSIC(x, y) / √(HSIC(x, x) HSIC(y, y)). Biased: in [0, 1]. Unbiased: at most 1, may be negative. Exactly 1 for
        equal arrays.

    Raises
    ------
    DataError
        If an array is not of shape (n, p), holds a NaN or an infinity, or is constant; if the arrays differ in n; or if
        n is below 2 (biased) or 4 (unbiased).
    ConfigError
        If there is no such estimator.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    a = centred_features("x", x, estimator)
    b = centred_features("y", y, estimator).to(a.device)
    if len(a) != len(b):
        raise DataError(f"x has {len(a)} examples and y has {len(b)}: give representations of the same examples.")
    own = _hsic(a, a, estimator), _hsic(b, b, estimator)
    for name, hsic in zip("xy", own, strict=True):
        if not hsic > 0:
            raise undefined(name, estimator)
    if a.shape == b.shape and torch.equal(a, b):
        return 1.0
    value = _hsic(a, b, estimator) / math.sqrt(own[0] * own[1])
    return min(max(value, 0.0), 1.0) if estimator == "biased" else value


def undefined(name: str, estimator: Estimator) -> DataError:
    """The error for a representation that has no HSIC with itself."""
    return DataError(f"{name} has no {estimator} HSIC with itself: CKA is undefined. Give other examples.")


def centred_features(name: str, features: ArrayLike | Tensor, estimator: Estimator) -> Tensor:
    """Float64 features (n, p) with columns of mean 0, the largest entry 1: CKA knows neither shift nor scale.

    Parameters
    ----------
    name : str
        For the message.
    features : array or Tensor, shape (n, p)
    estimator : {"biased", "unbiased"}

    Raises
    ------
    DataError
        See `linear_cka`.
    """
    x, fewest = torch.as_tensor(features).detach().to(torch.float64), FEWEST_EXAMPLES[estimator]
    if x.ndim != 2:
        raise DataError(f"{name} has shape {tuple(x.shape)}: flatten it to (examples, features).")
    if len(x) < fewest:
        raise DataError(f"{name} has {len(x)} examples: this estimator needs at least {fewest}.")
    if not bool(x.isfinite().all()):
        raise DataError(f"{name} holds a NaN or an infinity: CKA is undefined. Look for a network that diverged.")
    x = x - x[0]  # makes a constant column exactly 0
    x = x - x.mean(0)
    largest = x.abs().max() if x.numel() else x.new_zeros(())
    if largest == 0:
        raise DataError(f"{name} is constant, the same for every example: CKA is undefined.")
    return x / largest


def _hsic(x: Tensor, y: Tensor, estimator: Estimator) -> float:
    """HSIC of centred features up to a factor that depends on n alone."""
    n = len(x)
    fewer_features = x.shape[1] * y.shape[1] < n * n
    total = (x.T @ y).square().sum() if fewer_features else ((x @ x.T) * (y @ y.T)).sum()
    if estimator == "unbiased":
        k, l = x.square().sum(1), y.square().sum(1)  # noqa: E741  (the diagonals of the Gram matrices K and L)
        total += k.sum() * l.sum() / ((n - 1) * (n - 2)) - (k @ l) * n / (n - 2)
    return float(total)
