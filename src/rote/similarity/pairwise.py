"""Linear CKA of every two of several representations that are held in memory."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from rote.errors import DataError
from rote.options import check_choice
from rote.representations.gram import gram
from rote.similarity.cka import ESTIMATORS, Estimator, centred_features, centred_for, undefined

RESOLUTION = 1e-12  # of a Gram matrix's norm: what is smaller is rounding


def pairwise_cka(
    representations: Sequence[ArrayLike | Tensor], *, estimator: Estimator = "biased"
) -> NDArray[np.float64]:
    """Centred kernel alignment, with a linear kernel, of every two representations: of epochs, taps or networks.

    The map is UUᵀ, where U stacks the centred Gram matrices at unit norm. It takes 8 R n² bytes; for the checkpoints
    of a run, which may need more, `rote.similarity.epoch_cka` works from files.

    Parameters
    ----------
    representations : sequence of array or Tensor, length R
        Of the same n examples, shapes (n, p) with a p of each one's own, of any real dtype. Computed in float64 on
        the CPU.
    estimator : {"biased", "unbiased"}
        As in `rote.similarity.cka.linear_cka`.

    Returns
    -------
    ndarray, shape (R, R), float64
        Symmetric, its diagonal exactly 1; entries as `linear_cka` gives them, but for rounding.

    Raises
    ------
    DataError
        As `linear_cka`, of the first array at fault, or if there is no array.
    ConfigError
        If there is no such estimator.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    if not len(representations):
        raise DataError("there is no representation to compare: give a sequence of arrays (examples, features).")
    rows: list[Tensor] = []
    for number, given in enumerate(representations):
        name = f"representations[{number}]"
        centred = gram(centred_features(name, given, estimator).cpu())
        matrix = centred_for(estimator, centred)
        norm = torch.linalg.matrix_norm(matrix)
        if not norm > RESOLUTION * torch.linalg.matrix_norm(centred):
            raise undefined(name, estimator)
        if rows and matrix.numel() != len(rows[0]):
            n, first = len(matrix), round(len(rows[0]) ** 0.5)
            raise DataError(f"{name} has {n} examples and the first {first}: give the same examples of all.")
        rows.append((matrix / norm).ravel())
    vectors = torch.stack(rows)
    upper = (vectors @ vectors.T).triu(1)
    cka = (upper + upper.T).fill_diagonal_(1)
    if estimator == "biased":
        cka.clamp_(0, 1)
    found: NDArray[np.float64] = cka.numpy()
    return found
