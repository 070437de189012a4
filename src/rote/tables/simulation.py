"""Table of capacities by simulation."""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.geometry import GROUP
from rote.tables.representations import EPOCH, TAP

SIMULATED_CAPACITIES = Schema(
    "simulated_capacities",
    (
        EPOCH,
        TAP,
        GROUP,
        Column(
            "capacity",
            pa.float64(),
            "P over the median number of random features in which a random division of the classes is separable; null "
            "where half of the divisions are not separable in all features",
            "",
            True,
        ),
        Column("low", pa.float64(), "lower end of its confidence interval, by order statistics; 0 for none"),
        Column("high", pa.float64(), "upper end of that interval; null for none", "", True),
        Column("confidence", pa.float64(), "nominal coverage of the interval"),
        Column("dichotomies", pa.int32(), "number of random divisions"),
        Column("undecided", pa.int32(), "divisions that rounding left undecided, which are left out"),
        Column("beyond", pa.int32(), "divisions that all features do not separate"),
        Column("n_manifolds", pa.int32(), "P, number of manifolds"),
        Column("images_per_class", pa.int32(), "M, number of images of each manifold"),
        Column("n_features", pa.int32(), "number of features"),
    ),
)
