"""Effective dimension of representations: the participation ratio of their covariance's eigenvalues.

With λ the eigenvalues and G the centred Gram matrix of n examples,

    D = (Σ λ)² / Σ λ² = tr(G)² / ‖G‖²,

as the eigenvalues of G other than 0 are those of the covariance up to a common factor (Gao et al., "A theory of
multineuronal dimensionality, dynamics and measurement", 2017). It is 1 where all variance lies along one direction and
d where d directions share it equally, but n − 1 at most: of few examples it is too small, at every epoch alike.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from rote import tables
from rote.job import Job
from rote.progress import track
from rote.similarity import rows
from rote.tables.dynamics import EFFECTIVE_DIMENSIONS, nullable, repeated

REFERENCES = ("own", "unrelated")


def effective_dimension(matrix: Tensor) -> tuple[float, float]:
    """Participation ratio of a centred Gram matrix, with its standard error over examples.

    Parameters
    ----------
    matrix : Tensor
        Shape (n, n), any float dtype: its rows and columns sum to 0, and it is not zero. Its scale does not matter.

    Returns
    -------
    dimension, standard_error : float
        The standard error is the jackknife's: √((n − 1)/n Σ (D₍ᵢ₎ − D̄)²) over the n matrices that lack one example.
        D₍ᵢ₎ is of the others centred anew, which takes no other pass over them: as G's rows sum to 0, those without i
        sum to −G_ji, and all of them to G_ii. NaN where one example alone has any variance.
    """
    gram, m = matrix.double(), len(matrix) - 1
    diagonal, squares = gram.diagonal(), gram.square().sum(1)
    trace, norm = diagonal.sum(), squares.sum()
    without_trace = trace - diagonal - diagonal / m
    without_norm = norm - 2 * squares + diagonal**2 - 2 / m * (squares - diagonal**2) + diagonal**2 / m**2
    alone = without_norm <= rows.RESOLUTION**2 * norm
    without = (without_trace**2 / without_norm).masked_fill(alone, torch.nan)
    error = ((without - without.mean()).square().sum() * m / (m + 1)).sqrt()
    return float(trace**2 / norm), float(error)


def measure_effective_dimension(
    manifest: Path, output: Path, *, job: Job, taps: Sequence[str] | Literal["all"] = "all"
) -> None:
    """Measure the effective dimension of every tap at every epoch; write an EFFECTIVE_DIMENSIONS table.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output : Path
        It has the run's own networks and, as the control, the unrelated untrained ones. A network whose representation
        is constant in one of the batches has no row at that tap.
    job : Job
    taps : sequence of str or "all"

    Raises
    ------
    ConfigError
        If the rows have no such tap.
    DataError
        If a file of the manifest is missing or damaged.
    """
    names = rows.taps(manifest) if taps == "all" else tuple(taps)
    with tables.writing(output, EFFECTIVE_DIMENSIONS, job.recorded()) as table:
        for tap in track(names, "effective dimensions", unit="tap"):
            for reference in REFERENCES:
                of_tap = rows.load(manifest, tap, reference)
                found = np.array([_over_batches(of_tap, network) for network in range(len(of_tap))]).reshape(-1, 2)
                table.append(
                    {
                        "tap": repeated(tap, len(of_tap), names),
                        "epoch": of_tap.epochs.astype(np.int32),
                        "reference": repeated(reference, len(of_tap), REFERENCES),
                        "index": of_tap.indices.astype(np.int32),
                        "effective_dimension": found[:, 0],
                        "standard_error": nullable(found[:, 1]),
                        "upper_bound": np.full(len(of_tap), of_tap.n - 1, np.int32),
                    }
                )


def _over_batches(of_tap: rows.GramRows, network: int) -> tuple[float, float]:
    """Mean over independent batches of examples, and its standard error."""
    batches = [effective_dimension(of_tap.matrix(network, batch)) for batch in range(of_tap.n_batches)]
    dimensions, errors = np.array(batches).T
    return float(dimensions.mean()), float(np.sqrt(np.square(errors).sum()) / len(batches))
