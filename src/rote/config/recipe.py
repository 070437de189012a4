"""How a network is trained."""

from dataclasses import dataclass, field
from typing import Literal

from rote.config.augmentation import Augmentation
from rote.config.bounds import Count, PositiveShare, Whole
from rote.config.grids import Grid
from rote.config.noise import InputNoise
from rote.config.optimizers import Optimizer
from rote.config.schedules import Constant, Schedule


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What ends training before the schedule does."""

    epochs: Whole | None = None
    """After so many epochs; 0 keeps and evaluates the untrained network."""
    train_accuracy: PositiveShare | None = None
    """At the first evaluated epoch with at least this accuracy on the training set as labelled."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained."""

    optimizer: Optimizer
    """Optimizer and its settings; its learning rate is the peak of the schedule."""
    epochs: Count
    """Epochs of the schedule, after epoch 0, the untrained network."""
    batch_size: Count = 128
    """Examples per step."""
    schedule: Schedule = field(default_factory=Constant)
    """Learning rate per step."""
    drop_last: bool = False
    """Whether a last batch that is not full is left out."""
    shuffle: bool = True
    """Whether each epoch has an order of its own."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    """Done in batches on the device, on raw pixels."""
    input_scaling: Literal["standardised", "symmetric", "unit"] = "standardised"
    """What pixels in [0, 1] become: standardised — minus the data set's mean, over its standard deviation, by channel;
    symmetric — from −1 to 1; unit — as they are."""
    input_noise: InputNoise | None = None
    """Gaussian noise added to every training batch."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 computes products under autocast; parameters and loss stay float32."""
    channels_last: bool = True
    """Memory order in which channels vary fastest; faster with convolutions."""
    compile: bool = False
    """Whether the network goes through torch.compile."""
    stop: Stop = field(default_factory=Stop)
    """What ends training before the schedule does."""
    evaluation: Grid = field(default_factory=lambda: Grid(every=1))
    """Epochs whose errors stand in the history."""
    checkpoints: Grid = field(default_factory=lambda: Grid(every=1))
    """Epochs whose weights are kept."""
    keep_best: bool | None = None
    """Whether the weights of the best evaluated epoch are kept too, the earliest of the lowest error on the test set;
    not where left out."""
