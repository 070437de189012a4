"""Tables of manifold geometry: capacity, radius, dimension and centre correlation, of all manifolds and of each.

Errors are Monte Carlo standard errors: of the random draws, not of images or classes. What differs from training to
training is seen over runs with other seeds.
"""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.representations import EPOCH, TAP

NO_LAYERS = ("input", "fully_connected")  # taps of the images and of the logits

NAME = pa.dictionary(pa.int32(), pa.string())

GROUP = Column("group", NAME, "unpermuted, permuted (by trained label), restored (by true label) or test images")
SHUFFLED = Column(
    "shuffled",
    pa.bool_(),
    "whether the group's images were dealt out to its classes at random: the reference without structure",
)
OF_DRAWS = "Monte Carlo standard error of it"

CAPACITIES = Schema(
    "capacities",
    (
        EPOCH,
        TAP,
        GROUP,
        SHUFFLED,
        Column("capacity", pa.float64(), "α_M = 1 / mean(1/α) over manifolds; null where none is defined", "", True),
        Column("capacity_error", pa.float64(), OF_DRAWS, "", True),
        Column("relative_radius", pa.float64(), "R_M, mean over manifolds, in norms of each centre", "", True),
        Column("relative_radius_error", pa.float64(), OF_DRAWS, "", True),
        Column("dimension", pa.float64(), "D_M, mean over manifolds", "", True),
        Column("dimension_error", pa.float64(), OF_DRAWS, "", True),
        Column(
            "center_correlation",
            pa.float64(),
            "ρ_center, mean absolute cosine of pairs of centres about their mean, nothing projected out; null where "
            "fewer than two centres are off it",
            "",
            True,
        ),
        Column(
            "residual_correlation", pa.float64(), "the same after the shared directions were projected out", "", True
        ),
        Column("shared_directions", pa.int32(), "K, number of directions shared by centres that were projected out"),
        Column("agreeing", pa.int32(), "searches that found these directions; 0 where none are projected out"),
        Column("restarts", pa.int32(), "number of searches"),
        Column("center_removal", NAME, "rule by which K was found: published, or none where nothing is projected out"),
        Column("definition", NAME, "of radius and dimension: published, text or text_mean_square"),
        Column("directions", NAME, "dimensions that the published definition counts: published or rank"),
        Column("n_manifolds", pa.int32(), "P, number of manifolds"),
        Column(
            "n_defined", pa.int32(), "manifolds that the means are over; others have their centre at the mean of all"
        ),
        Column("n_deficient", pa.int32(), "manifolds whose images span fewer than M − 1 dimensions about their centre"),
        Column("images_per_class", pa.int32(), "M, number of images of each manifold, the same in all groups"),
        Column("n_features", pa.int32(), "number of features"),
        Column(
            "ball_capacity",
            pa.float64(),
            "capacity of balls of this radius and dimension (Chung et al. 2018); null where these are not defined",
            "",
            True,
        ),
        Column(
            "capacity_without_structure", pa.float64(), "2/M, of points that have nothing in common; no lower bound"
        ),
        Column(
            "capacity_without_centers", pa.float64(), "1/(M − ½), of classes whose centres vanish beside their spread"
        ),
    ),
)

MANIFOLDS = Schema(
    "manifolds",
    (
        EPOCH,
        TAP,
        GROUP,
        SHUFFLED,
        Column("class", pa.int16(), "class of the manifold"),
        Column("capacity", pa.float64(), "α of the manifold; null where it is not defined", "", True),
        Column("capacity_error", pa.float64(), OF_DRAWS, "", True),
        Column("relative_radius", pa.float64(), "R of the manifold, in norms of its centre", "", True),
        Column("relative_radius_error", pa.float64(), OF_DRAWS, "", True),
        Column("dimension", pa.float64(), "D of the manifold", "", True),
        Column("dimension_error", pa.float64(), OF_DRAWS, "", True),
        Column("binding", pa.float64(), "share of draws at which a constraint binds", "", True),
        Column("rank", pa.int32(), "dimensions that the images span about their centre"),
        Column("defined", pa.bool_(), "whether the centre is off the mean of all images, whose distance is the unit"),
    ),
)
