"""Table of networks that differ in width: error and geometry against the number of parameters."""

import pyarrow as pa

from rote.tables import Column, Schema

NAME = pa.dictionary(pa.int32(), pa.string())

WIDTHS = Schema(
    "widths",
    (
        Column("run", NAME, "name of the run"),
        Column("seed", pa.int32(), "number of the run's own draws; runs of one seed differ in width alone"),
        Column("parameters", pa.int64(), "number of weights, biases and parameters of batch norm"),
        Column("at", NAME, "best (epoch of highest test accuracy, chosen on the test set) or last"),
        Column("epoch", pa.int32(), "epoch that the errors are of", "epoch"),
        Column("train_error", pa.float64(), "fraction of training examples not classified as labelled"),
        Column("test_error", pa.float64(), "fraction of test examples classified wrongly"),
        Column("tap", pa.string(), "layer of the test images' manifolds; null where none were measured", "", True),
        Column("capacity", pa.float64(), "their capacity; null where it is not defined", "", True),
        Column("relative_radius", pa.float64(), "their radius, in norms of each centre", "", True),
        Column("dimension", pa.float64(), "their dimension", "", True),
        Column("center_correlation", pa.float64(), "mean absolute cosine of pairs of their centres", "", True),
        Column(
            "n_features",
            pa.int32(),
            "number of the layer's features, which bounds the dimension where it is below the number of images a class",
            "",
            True,
        ),
    ),
)
