"""A recipe: how a network is trained, as the configuration says it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import torch

from rote.options import check_positive
from rote.training.augmentation import Augmentation
from rote.training.grids import Grid
from rote.training.inputs import InputNoise
from rote.training.optimizers import Adam, Sgd
from rote.training.schedules import Constant, Cosine, OneCycleLinear
from rote.training.settings import check_range, parse


@dataclass(frozen=True)
class Stop:
    """When training ends before the schedule does.

    Attributes
    ----------
    epochs : int, optional
        After so many epochs.
    train_accuracy : float, optional
        At the first evaluated epoch whose accuracy on the training set as labelled is at least this, in (0, 1].
    """

    epochs: int | None = None
    train_accuracy: float | None = None

    def __post_init__(self) -> None:
        check_range(0, inf, epochs=self.epochs)
        check_range(0, 1, train_accuracy=self.train_accuracy)

    def reached(self, error: float) -> bool:
        """Whether this error on the training set ends training."""
        rounding = 1e-9  # 1 − 0.9 is not 0.1
        return self.train_accuracy is not None and error <= 1 - self.train_accuracy + rounding


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    optimizer : Adam or Sgd
        Its learning rate is the peak of the schedule.
    epochs : int
        Length of the schedule.
    batch_size : int
        In examples.
    schedule : Constant, OneCycleLinear or Cosine
        Learning rate of each step.
    drop_last : bool
        Whether the last batch of an epoch is left out where it is not full.
    shuffle : bool
        Whether each epoch has an order of its own.
    augmentation : Augmentation
    input_noise : InputNoise, optional
    precision : str
        ``"bfloat16"``: products in bfloat16 under autocast, parameters and loss in float32.
    channels_last : bool
        Whether channels vary fastest in memory, which is faster with convolutions.
    compile : bool
        Whether the network goes through `torch.compile`.
    stop : Stop
    evaluation, checkpoints : Grid
        Epochs of which history is taken, and weights are kept.
    """

    optimizer: Adam | Sgd
    epochs: int
    batch_size: int
    schedule: Constant | OneCycleLinear | Cosine = field(default_factory=Constant)
    drop_last: bool = False
    shuffle: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)
    input_noise: InputNoise | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = True
    compile: bool = False
    stop: Stop = field(default_factory=Stop)
    evaluation: Grid = field(default_factory=lambda: Grid(every=1))
    checkpoints: Grid = field(default_factory=lambda: Grid(every=1))

    def __post_init__(self) -> None:
        check_positive(batch_size=self.batch_size)
        check_range(0, inf, epochs=self.epochs)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Recipe":
        """Parse a recipe; a ConfigError names what is wrong, see `rote.training.settings.parse`."""
        return parse(cls, config, "recipe")

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
        return torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16")
