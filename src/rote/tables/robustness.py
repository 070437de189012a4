"""Tables of certified robustness.

One table of certificates belongs to a run, its examples and a noise; the noise's σ, the numbers of draws and α stand
in the provenance.
"""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.data import EXAMPLE

CERTIFICATES = Schema(
    "certificates",
    (
        EXAMPLE,
        Column(
            "predicted_class",
            pa.int16(),
            "class that the smoothed classifier certainly predicts; null where it abstains",
            nullable=True,
        ),
        Column(
            "radius",
            pa.float64(),
            "Euclidean radius within which the prediction holds; null where the classifier abstains",
            "noise_units",
            nullable=True,
        ),
        Column("noise_units", pa.string(), "pixel (of [0, 1]) or normalised (the network's input): what radii are in"),
        Column("top_class", pa.int16(), "class chosen by the first draws, whose count is taken"),
        Column("count", pa.int64(), "number of the counted draws that are predicted as the top class"),
        Column("draws", pa.int64(), "number of draws counted"),
        Column("curtailed", pa.bool_(), "whether counting ended early, as no count could have certified any more"),
    ),
)
