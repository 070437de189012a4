"""Random draws of a run, each keyed by what it is for and by its epoch, so that no random state needs saving."""

from dataclasses import dataclass

import numpy as np
import torch

from rote import provenance


@dataclass(frozen=True)
class Seeds:
    """Source of a run's random draws.

    Attributes
    ----------
    study_seed : int
    run : str
        Name of the run, with all that tells it from another of equal recipe (its seed, a trial's number).
    """

    study_seed: int
    run: str

    def integer(self, purpose: str, epoch: int = 0) -> int:
        """63-bit seed."""
        return provenance.integer_seed(self.study_seed, purpose, self.run, epoch)

    def numpy(self, purpose: str, epoch: int = 0) -> np.random.Generator:
        """NumPy generator."""
        return provenance.generator(self.study_seed, purpose, self.run, epoch)

    def torch(self, purpose: str, epoch: int, device: torch.device) -> torch.Generator:
        """Generator of torch, for draws too large to make on the CPU."""
        return torch.Generator(device).manual_seed(self.integer(purpose, epoch))
