"""Tables of a stack of runs, which are trained together in one job: those of all its runs in one."""

import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.training import CHECKPOINTS, HISTORY

RUN = Column("run", pa.string(), "run that was trained in the stack")

STACK_HISTORIES = Schema("stack_histories", (RUN, *HISTORY.columns))

# Its provenance holds ``network``, as that of CHECKPOINTS does: the runs of a stack are of one blueprint.
STACK_CHECKPOINTS = Schema("stack_checkpoints", (RUN, *CHECKPOINTS.columns))
