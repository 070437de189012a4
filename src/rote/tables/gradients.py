"""Table of the gradients of a training run: norms of their label-dependent and label-independent parts.

There is no standard error: a gradient is of all examples of its group, none of them drawn. What differs from training
to training is seen over runs with other seeds.
"""

import pyarrow as pa

from rote.tables import Column, Schema

NAME = pa.dictionary(pa.int32(), pa.string())

LABEL_PARTS = Schema(
    "label_parts",
    (
        Column("epoch", pa.int32(), "epochs trained; 0 is the untrained network", "epoch"),
        Column("layer", NAME, "path of a convolution or fully connected layer; layers follow in the order they run in"),
        Column("weights", pa.int64(), "number of the layer's weights, biases and batch norm left out"),
        Column(
            "group", NAME, "all training examples, or the unpermuted or permuted ones; one without examples has no row"
        ),
        Column("examples", pa.int32(), "number of examples"),
        Column(
            "centred_by",
            NAME,
            "centre of the parts: none (Stephenson et al. 2021, Eq. 6), classes (Eq. 15) or label_frequency (Eq. 2)",
        ),
        Column(
            "statistics",
            NAME,
            "of batch norms, which are in evaluation mode: stored (as training left them), recalibrated (estimated "
            "anew), or none where the network has no batch norm",
        ),
        Column(
            "gradient",
            pa.float64(),
            "Euclidean norm of the gradient of the group's mean cross-entropy with respect to the layer's weights",
            "nat",
        ),
        Column("dependent", pa.float64(), "norm of the part of it that depends on the labels", "nat"),
        Column("independent", pa.float64(), "norm of the part of it that does not", "nat"),
        Column(
            "cosine",
            pa.float64(),
            "of the angle between the parts, −1 where they point against each other; null where one of them is 0",
            nullable=True,
        ),
    ),
)
