"""Which of a study's jobs are computed again, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from rote.config.verification import Verification
from rote.review.jobs import Job
from rote.review.recomputation import Recomputation
from rote.seeds import Seeds

T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """A sample of the jobs on record.

    Attributes
    ----------
    results : Path
        Folder of the results.
    jobs : sequence of Job
        All on record.
    sizes : Verification
        How much is computed again, and how far it must agree.
    study_seed : int
        With the number `sizes.draw` it keys all draws: another number is another sample.
    """

    results: Path
    jobs: Sequence[Job]
    sizes: Verification
    study_seed: int

    def of(self, rule: str) -> list[Job]:
        """Jobs of a rule."""
        return [made for made in self.jobs if made.rule == rule]

    def draws(self, what: str, name: str = "") -> np.random.Generator:
        """Generator of the draws of something, of one table, data set or run where it has a name."""
        return Seeds(self.study_seed, name).generator(f"review of {what}", self.sizes.draw)

    def drawn(self, found: Sequence[T], number: int, what: str) -> list[T]:
        """At most so many of some jobs or tables at random, in their order."""
        return [found[place] for place in sorted(self.draws(what).permutation(len(found))[:number])]

    def called(self, path: str | Path) -> str:
        """A table's name within the results."""
        return str(Path(path).relative_to(self.results))

    def recomputation(self, made: Job, what: str, name: str, folder: Path) -> Recomputation:
        """How a part of a job is computed again; `what` and `name` as in `draws`."""
        return Recomputation(made.context, self.draws(what, name), folder)
