"""Table of accuracies of a trained network with layers set back to earlier epochs."""

import pyarrow as pa

from rote.tables import Column, Schema

NAME = pa.dictionary(pa.int32(), pa.string())

REWINDING = Schema(
    "rewinding",
    (
        Column(
            "layer",
            NAME,
            "path of the layer that was set back, or name of several; layers follow in the order they run in",
        ),
        Column("epoch", pa.int32(), "epoch that it was set back to; 0 is the untrained network", "epoch"),
        Column(
            "batch_norm",
            NAME,
            "what became of the layer's batch norm: with_layer (went back), stays, or recalibrated (scale and shift "
            "went back, statistics from there on were estimated anew); none where the network has no batch norm",
        ),
        Column(
            "group",
            NAME,
            "train (as labelled), unpermuted and permuted (its parts, as labelled), restored (the permuted part by its "
            "true labels) or test; a group without examples has no row",
        ),
        Column("examples", pa.int32(), "number of examples"),
        Column("accuracy", pa.float64(), "fraction of examples classified rightly"),
        Column(
            "standard_error",
            pa.float64(),
            "binomial standard error of the accuracy, √(a(1−a)/n); all rows of a group are of the same examples, so "
            "that differences between them are more certain",
        ),
        Column("unchanged_accuracy", pa.float64(), "accuracy of the network with no layer set back"),
    ),
)
