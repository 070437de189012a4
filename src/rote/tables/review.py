"""Table of a review: what was computed again, and how far it is from what is on record."""

import pyarrow as pa

from rote.tables import Column, Schema

AGREEMENTS = Schema(
    "agreements",
    (
        Column(
            "kind",
            pa.string(),
            "digest (the content that a table carries a digest of), record (what it says of the job that made it), "
            "table (a job done again in full), or what was computed again in part: networks, trials, densities, "
            "similarity, certificates",
        ),
        Column("table", pa.string(), "table on record, relative to the results' folder; empty for several"),
        Column("part", pa.string(), "what of it was computed again"),
        Column("values", pa.int64(), "number of values compared; 0 where nothing could be computed again"),
        Column(
            "difference",
            pa.float64(),
            "of equality: largest |recorded − again| / max(1, |recorded|), infinite for what is no number; for trials "
            "and certificates the share of decisions that differ. Of equivalence: how far the farthest lies from what "
            "is usual, in standard deviations; for networks, squared, in variances of trainings that round otherwise",
        ),
        Column("tolerance", pa.float64(), "difference up to which the two agree"),
        Column("agrees", pa.bool_(), "whether the two agree"),
        Column(
            "criterion",
            pa.string(),
            "equality, or equivalence where another kind of processor rounds differently",
        ),
        Column("note", pa.string(), "where they differ, or why nothing was computed again"),
    ),
)
