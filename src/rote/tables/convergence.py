"""Tables of how layers converge: to their own last state, and to that of a network trained on true labels."""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.representations import EPOCH, TAP

NAME = pa.dictionary(pa.int32(), pa.string())

REFERENCE_CKA = Schema(
    "reference_cka",
    (
        TAP,
        EPOCH,
        Column("reference", NAME, "own (the run's own last epoch) or clean (the last epoch of the clean network)"),
        Column("cka", pa.float64(), "centred kernel alignment; estimator and averaging stand in the provenance"),
        Column(
            "standard_error", pa.float64(), "standard error over batches; null where there is one batch", nullable=True
        ),
        Column("chance", pa.float64(), "mean CKA of the two over all permutations of the images; 0 if unbiased"),
    ),
)

SETTLING = Schema(
    "settling",
    (
        TAP,
        Column(
            "settled_epoch",
            pa.int32(),
            "first kept epoch from which on CKA with the run's own last epoch stays at or above the level that stands "
            "in the provenance",
            "epoch",
        ),
        Column(
            "relative_settled_epoch",
            pa.int32(),
            "the same of (CKA − CKA at epoch 0) ÷ (1 − CKA at epoch 0), by which a layer that hardly moves has not "
            "settled at once; null where epoch 0 is not kept or is the last state already",
            "epoch",
            nullable=True,
        ),
        Column("first_cka", pa.float64(), "CKA of the first kept epoch with the last: how little the layer moves"),
        Column("area", pa.float64(), "mean of 1 − CKA with the own last epoch over the logarithm of the epoch"),
    ),
)
