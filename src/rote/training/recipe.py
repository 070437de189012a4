"""A recipe: how a network is trained."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from rote.config import recipe
from rote.settings import defaults, parse
from rote.training.augmentation import Augmentation
from rote.training.grids import Grid
from rote.training.inputs import InputNoise
from rote.training.optimizers import Adam, Sgd
from rote.training.precision import autocast
from rote.training.schedules import Constant, Cosine, OneCycleLinear


class Stop(recipe.Stop):
    """When training ends before the schedule does."""

    def reached(self, error: float) -> bool:
        """Whether this error on the training set ends training."""
        rounding = 1e-9  # 1 − 0.9 is not 0.1
        return self.train_accuracy is not None and error <= 1 - self.train_accuracy + rounding


@dataclass(frozen=True, kw_only=True)
class Recipe(recipe.Recipe):
    """How a network is trained; its settings are those of `rote.config.recipe`, and the parts of it can act."""

    optimizer: Adam | Sgd
    schedule: Constant | OneCycleLinear | Cosine
    augmentation: Augmentation
    input_noise: InputNoise | None = None
    stop: Stop
    evaluation: Grid
    checkpoints: Grid

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Recipe":
        """Parse a recipe; a ConfigError names what is wrong, see `rote.settings.parse`."""
        return parse(cls, {**defaults(recipe.Recipe), **config}, "recipe")

    @property
    def last_epoch(self) -> int:
        """The last epoch unless a train accuracy stops training earlier."""
        return self.epochs if self.stop.epochs is None else min(self.epochs, self.stop.epochs)

    @property
    def memory_format(self) -> torch.memory_format:
        """Order of weights and inputs in memory."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """Context in which the network computes, in training and evaluation alike."""
        return autocast(self.precision, device)
