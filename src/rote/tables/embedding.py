"""Tables of layouts in the plane: where images lie, and how many of their nearest neighbours share their label."""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.geometry import GROUP
from rote.tables.representations import EPOCH, TAP

EMBEDDINGS = Schema(
    "embeddings",
    (
        EPOCH,
        TAP,
        GROUP,
        Column("example", pa.int32(), "number of the image: training images first, test images after them"),
        Column("class", pa.int16(), "class of the image, by the labels that the group goes by"),
        Column(
            "x",
            pa.float32(),
            "first coordinate of the layout, the same in every group that has the image; null where none was made",
            "",
            True,
        ),
        Column("y", pa.float32(), "second coordinate of the layout", "", True),
    ),
)

NEIGHBOUR_LABELS = Schema(
    "neighbour_labels",
    (
        EPOCH,
        TAP,
        GROUP,
        Column("images", pa.int32(), "number of images of the group"),
        Column("neighbours", pa.int32(), "number of nearest neighbours of an image within its group, in the features"),
        Column("agreement", pa.float64(), "share of them that bear the image's own label, mean over images"),
        Column("standard_error", pa.float64(), "of this mean, as if images were independent"),
        Column("chance", pa.float64(), "share of all other images that bear an image's own label, mean over images"),
    ),
)
