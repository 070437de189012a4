"""What every recomputation of a part of the results needs, whatever the part."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rote.job import Job


@dataclass(frozen=True)
class Recomputation:
    """How a part of the results is computed again.

    Attributes
    ----------
    job : Job
        Context of the job that made the part: its seeds, threads and device.
    draws : numpy.random.Generator
        By which a part is chosen.
    folder : Path
        To work in, this recomputation's alone.
    """

    job: Job
    draws: np.random.Generator
    folder: Path
