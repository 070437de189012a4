"""Tables of the study of training dynamics: how a run's representations change from epoch to epoch."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote.tables import Column, Schema
from rote.tables.representations import EPOCH, INDEX, REFERENCE, TAP

NAME = pa.dictionary(pa.int32(), pa.string())

CKA = Column("cka", pa.float64(), "centred kernel alignment; estimator and averaging stand in the provenance")
STANDARD_ERROR = Column(
    "standard_error", pa.float64(), "standard error over batches; null where there is one batch", nullable=True
)

EPOCH_CKA = Schema(
    "epoch_cka",
    (
        TAP,
        EPOCH,
        Column("other_epoch", pa.int32(), "epoch compared with, not the earlier one", "epoch"),
        Column(
            "cka",
            pa.float64(),
            f"{CKA.description}; null in the one row, compared with itself, of an epoch that has no CKA as the "
            "representation is constant",
            nullable=True,
        ),
        STANDARD_ERROR,
    ),
)

CHANCE_CKA = Schema(
    "chance_cka",
    (
        TAP,
        EPOCH,
        Column(
            "cka",
            pa.float64(),
            "CKA of the representation with itself, examples permuted: mean over permutations; null where it has none",
            nullable=True,
        ),
        Column("standard_error", pa.float64(), "standard error over permutations; null for one", nullable=True),
    ),
)

INITIALISATION_CKA = Schema("initialisation_cka", (TAP, EPOCH, REFERENCE, INDEX, CKA, STANDARD_ERROR))

EFFECTIVE_DIMENSIONS = Schema(
    "effective_dimensions",
    (
        TAP,
        EPOCH,
        REFERENCE,
        INDEX,
        Column("effective_dimension", pa.float64(), "participation ratio of the covariance, mean over batches"),
        Column(
            "standard_error",
            pa.float64(),
            "jackknife over the images of all batches; null where one image alone has any variance",
            nullable=True,
        ),
        Column("upper_bound", pa.int32(), "images of a batch − 1, which the participation ratio cannot exceed"),
    ),
)

EVOLUTION = Schema(
    "evolution",
    (
        TAP,
        Column("window_start", pa.float64(), "first epoch of the window", "epoch"),
        Column("window_end", pa.float64(), "last epoch of the window", "epoch"),
        Column("dissimilarity", pa.float64(), "mean of 1 − CKA over pairs of moments evenly spread in log-epoch"),
        STANDARD_ERROR,
    ),
)

TRANSITIONS = Schema(
    "transitions",
    (
        TAP,
        Column(
            "transition_epoch",
            pa.int32(),
            "first epoch of a new similarity block; null in the one row of a tap without transitions",
            "epoch",
            nullable=True,
        ),
        Column("epoch_low", pa.int32(), "5 % quantile over subsamples of the images", "epoch", nullable=True),
        Column("epoch_high", pa.int32(), "95 % quantile over subsamples of the images", "epoch", nullable=True),
        Column(
            "support",
            pa.float64(),
            "fraction of subsamples that, choosing anew how many, have a transition within a quarter of a decade; in "
            "the one row of a tap without transitions, the fraction that have none; null there if fewer than two "
            "epochs have a CKA",
            nullable=True,
        ),
        Column("gain", pa.float64(), "share of the map's scatter that this transition explains", nullable=True),
        Column("null_gain", pa.float64(), "what it would explain under a stationary drift", nullable=True),
        Column("perfect_fitting_epoch", pa.int32(), "first epoch without training error", "epoch", nullable=True),
    ),
)

TRANSITION_NUMBERS = Schema(
    "transition_numbers",
    (
        TAP,
        Column("transitions", pa.int32(), "number of transitions"),
        Column("scatter", pa.float64(), "scatter left within the best blocks, as a share of the whole map's"),
        Column("null_scatter", pa.float64(), "the same under a stationary drift, mean over null maps"),
        Column("null_deviation", pa.float64(), "standard deviation of the same over null maps"),
        Column("chosen", pa.bool_(), "whether this number is chosen"),
        Column("support", pa.float64(), "fraction of subsamples of the images that choose this number"),
    ),
)


def repeated(value: str, count: int, values: Sequence[str]) -> pa.DictionaryArray:
    """A dictionary column that holds one of `values` throughout; equal `values` give blocks one dictionary."""
    indices = pa.array(np.full(count, list(values).index(value), np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(values), pa.string()))


def nullable(values: NDArray[np.float64]) -> pa.Array:
    """A float64 column with nulls for NaN."""
    return pa.array(values, pa.float64(), from_pandas=True)
