"""The table of claims: what a paper says, what was measured, and the verdict. One schema serves all studies."""

import pyarrow as pa

from rote.tables import Column, Schema

CLAIMS = Schema(
    "claims",
    (
        Column("claim", pa.string(), "number of the claim in the study's specification; its part after a full stop"),
        Column("paper", pa.string(), "study that the claim belongs to"),
        Column("statement", pa.string(), "what the paper says, in our words"),
        Column("statistic", pa.string(), "what is estimated"),
        Column("scope", pa.string(), "networks and data that it was measured on"),
        Column("unit", pa.string(), "unit of the statistic; empty for none"),
        Column("lower", pa.float64(), "the claim says that the statistic is above this; null for no bound", "", True),
        Column("upper", pa.float64(), "the claim says that the statistic is below this; null for no bound", "", True),
        Column("estimate", pa.float64(), "estimate of the statistic; null where it is not defined", "", True),
        Column("low", pa.float64(), "lower end of its confidence interval; null for too few units", "", True),
        Column("high", pa.float64(), "upper end of that interval", "", True),
        Column("confidence", pa.float64(), "nominal coverage of the interval"),
        Column("n_units", pa.int32(), "number of independent units that the interval is over"),
        Column("units", pa.string(), "what these units are: seeds, widths, manifolds"),
        Column("control", pa.string(), "on what the claim should not hold, or why there is no control"),
        Column("control_estimate", pa.float64(), "the statistic on the control; null for none", "", True),
        Column("control_low", pa.float64(), "lower end of its confidence interval", "", True),
        Column("control_high", pa.float64(), "upper end of that interval", "", True),
        Column("verdict", pa.string(), "agrees, disagrees or undecided"),
        Column("reason", pa.string(), "why, in a sentence"),
        Column("figure", pa.string(), "where the paper shows it"),
    ),
)
