"""Tables of memorization estimates: trials, scores, influential pairs, convergence.

One set of tables belongs to a data set, an architecture and a recipe; these stand in the provenance.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote.errors import TableError
from rote.tables import Column, Schema

TRIAL = Column("trial", pa.int32(), "number of the trial")
EXAMPLE = Column("example", pa.int32(), "number of the example within the training split")
STANDARD_ERROR = Column("standard_error", pa.float64(), "standard error over trials; null as the score", nullable=True)
P_VALUE = Column("p_value", pa.float64(), "one-sided p-value of Fisher's exact test of no influence")
SELECTION = Column("selection", pa.string(), "how pairs are selected: thresholds or false_discovery_rate")

TRIALS = Schema(
    "trials",
    (
        TRIAL,
        Column("training_seed", pa.int64(), "seed of the trial's training"),
        Column("n_in", pa.int32(), "number of training examples that the trial trained on"),
        Column("membership", pa.binary(), "one bit per training example: whether the trial trained on it"),
        Column("train_correct", pa.binary(), "one bit per training example: whether it is classified as labelled"),
        Column("test_correct", pa.binary(), "one bit per test example: whether it is classified correctly"),
        Column("train_accuracy", pa.float64(), "share classified as labelled of the examples trained on"),
        Column("held_out_accuracy", pa.float64(), "share classified as labelled of the training examples left out"),
        Column("test_accuracy", pa.float64(), "share of the test examples classified correctly"),
    ),
)

TRIAL_TIMES = Schema("trial_times", (TRIAL, Column("wall_time", pa.float64(), "time that the training took", "second")))

SCORES = Schema(
    "memorization_scores",
    (
        EXAMPLE,
        Column(
            "score",
            pa.float64(),
            "memorization: p_in − p_out, or as published; null where no trial held the example, or every one did",
            nullable=True,
        ),
        STANDARD_ERROR,
        Column(
            "p_in", pa.float64(), "share of the trials with the example that classify it as labelled", nullable=True
        ),
        Column("p_out", pa.float64(), "the same of the trials without the example", nullable=True),
        Column("n_in", pa.int32(), "number of trials that trained on the example; null if published", nullable=True),
        Column("n_out", pa.int32(), "number of trials that did not; null if published", nullable=True),
    ),
)

INFLUENTIAL_PAIRS = Schema(
    "influential_pairs",
    (
        SELECTION,
        EXAMPLE,
        Column("test_example", pa.int32(), "number of the example within the test split"),
        Column("influence", pa.float64(), "accuracy on the test example with the training example minus without"),
        STANDARD_ERROR,
        P_VALUE,
        Column("score", pa.float64(), "memorization of the training example"),
    ),
)

PAIR_SELECTIONS = Schema(
    "pair_selections",
    (
        SELECTION,
        Column("tested", pa.int64(), "number of pairs that could be selected"),
        Column("selected", pa.int64(), "number of pairs that are selected"),
        Column("expected_by_chance", pa.float64(), "bound on the expected number of selected pairs without influence"),
    ),
)

CONVERGENCE = Schema(
    "convergence",
    (
        Column("trials", pa.int32(), "number of trials that the scores rest on"),
        Column("reference", pa.string(), "scores compared with: all_trials, these included, or an independent_half"),
        Column("reference_trials", pa.int32(), "number of trials that the reference rests on"),
        Column("examples", pa.int32(), "number of examples"),
        Column("pearson", pa.float64(), "correlation with the reference; null if either is constant", nullable=True),
        Column("spearman", pa.float64(), "rank correlation with the reference; null as pearson", nullable=True),
        Column("predicted_pearson", pa.float64(), "correlation that the standard errors predict", nullable=True),
        Column("mean_standard_error", pa.float64(), "mean over examples of the scores' standard errors"),
        Column("typical_error", pa.float64(), "root mean square standard error, from unbiased variances"),
        Column("predicted_error", pa.float64(), "typical error of all trials, scaled to this number of trials"),
        Column("difference", pa.float64(), "root mean square difference from the reference"),
        Column("predicted_difference", pa.float64(), "difference that the standard errors predict"),
    ),
)


PRECISIONS = Schema(
    "precisions",
    (
        Column("wanted_error", pa.float64(), "typical standard error that the scores are wanted to have"),
        Column("trials_needed", pa.int64(), "number of trials that give it, judged by the trials at hand"),
        Column("trials_needed_at_most", pa.int64(), "number that gives every single score this standard error"),
    ),
)

CORRUPTION = Schema(
    "corruption",
    (
        Column(
            "area_under_curve",
            pa.float64(),
            "probability that a corrupted example's score is above a correct one's; null where there are none",
            nullable=True,
        ),
        Column("standard_error", pa.float64(), "DeLong's standard error of the area; null as it is", nullable=True),
        Column("corrupted", pa.int32(), "number of scored examples whose label is not the true one"),
        Column("correct", pa.int32(), "number of the other scored examples"),
    ),
)

SCORE_CORRELATIONS = Schema(
    "score_correlations",
    (
        Column("reference", pa.string(), "published scores that ours are compared with"),
        Column("examples", pa.int32(), "number of examples that have both scores"),
        Column("trials", pa.int32(), "number of trials that our scores rest on"),
        Column("spearman", pa.float64(), "rank correlation; null if either is constant", nullable=True),
        Column("low", pa.float64(), "its 5 % bootstrap quantile over examples; null as it is", nullable=True),
        Column("high", pa.float64(), "its 95 % bootstrap quantile over examples; null as it is", nullable=True),
    ),
)


def pack(bits: NDArray[np.bool_]) -> pa.Array:
    """Bits as a column of `TRIALS`.

    Parameters
    ----------
    bits : ndarray, shape (rows, n), bool

    Returns
    -------
    pyarrow.Array, shape (rows,), binary
        ⌈n/8⌉ bytes each, the first example in the highest bit of the first byte.
    """
    return pa.array([row.tobytes() for row in np.packbits(bits, axis=1)], pa.binary())


def unpack(column: Any, n: int) -> NDArray[np.bool_]:
    """Bits of a column of `TRIALS`.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray, shape (rows,), binary
    n : int
        Number of examples.

    Returns
    -------
    ndarray, shape (rows, n), bool

    Raises
    ------
    TableError
        If the rows do not hold n bits each.
    """
    width = -(-n // 8)
    rows = column.to_pylist()
    if any(len(row) != width for row in rows):
        lengths = sorted({len(row) for row in rows})
        raise TableError(f"packed bits of {n} examples take {width} bytes; these rows have {lengths}")
    bits = np.unpackbits(np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), width), axis=1)
    if bits[:, n:].any():
        raise TableError(f"packed bits hold more than the {n} examples asked for: they are of another data set")
    return bits[:, :n].view(bool)


def with_nulls(values: Any, column: Column) -> pa.Array:
    """Numbers or texts as a column of its type, with null for NaN."""
    return pa.array(values, column.type, from_pandas=True)
