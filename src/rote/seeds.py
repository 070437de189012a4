"""Seeds of random draws, each keyed by what the draw is for: no random state is saved, no order of work matters."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seeds:
    """Source of random draws.

    Attributes
    ----------
    study_seed : int, optional
        The study's one seed. Without it nothing can be drawn.
    seed_key : str
        The run, data set or table that the draws belong to, with all that tells it from others.
    """

    study_seed: int | None = None
    seed_key: str = ""

    def within(self, part: str) -> "Seeds":
        """Seeds of a part: its name follows the key, after a comma."""
        return Seeds(self.study_seed, f"{self.seed_key}, {part}" if self.seed_key else part)

    def seed_sequence(self, purpose: str, index: int = 0) -> np.random.SeedSequence:
        """Seed of a draw, keyed by what the draw is for and by nothing else.

        Parameters
        ----------
        purpose : str
            What is drawn, for example ``"batch order"``.
        index : int
            Number of the draw: an epoch, a trial.

        Returns
        -------
        numpy.random.SeedSequence
            Independent of batch, shard, worker count and resumption.

        Raises
        ------
        ValueError
            If there is no study's seed: a rule whose job draws must name it among its parameters.
        """
        if self.study_seed is None:
            raise ValueError(f"{purpose!r} cannot be drawn without a study_seed: name it among the rule's params")
        digest = hashlib.sha256(json.dumps([purpose, self.seed_key, index]).encode()).digest()
        return np.random.SeedSequence(self.study_seed, spawn_key=tuple(np.frombuffer(digest, "<u4").tolist()))

    def generator(self, purpose: str, index: int = 0) -> np.random.Generator:
        """NumPy generator of `seed_sequence`, with the same parameters and errors."""
        return np.random.default_rng(self.seed_sequence(purpose, index))

    def integer_seed(self, purpose: str, index: int = 0) -> int:
        """63-bit seed of `seed_sequence`, for generators that take an integer, such as torch's."""
        return int(self.seed_sequence(purpose, index).generate_state(1, np.uint64)[0] >> 1)
