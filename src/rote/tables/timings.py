"""Table of what jobs cost, collected from Snakemake's benchmark files."""

import pyarrow as pa

from rote.tables import Column, Schema

TIMINGS = Schema(
    "timings",
    (
        Column("rule", pa.string(), "rule of the job"),
        Column("job", pa.string(), "its wildcards, as in the path of its benchmark file"),
        Column("wall_time", pa.float64(), "time that it took", "second"),
        Column("cpu_time", pa.float64(), "time of all cores, as sampled while it ran", "second"),
        Column("peak_memory", pa.float64(), "largest resident set, null for a job too short to be seen", "MB", True),
    ),
)
