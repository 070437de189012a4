"""Networks with layers set back to earlier epochs (paper 2)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from rote.config.bounds import PositiveShare, Whole


@dataclass(frozen=True, kw_only=True)
class Rewinding:
    """Accuracy of a network with one layer set back to an earlier epoch (Figs 4A, 4B, A.9 to A.11)."""

    network: Literal["last"] | Whole = "last"
    """Epoch of the network whose layers are set back: last, or one of the recipe's grid of checkpoints."""
    epochs: Literal["all"] | Annotated[tuple[Whole, ...], MinLen(1)] = "all"
    """Checkpoints that layers are set back to, all or a list of epochs of the recipe's grid."""
    layers: Literal["convolutions", "all"] = "convolutions"
    """What is set back, one at a time: convolutions, as in the paper, or all layers of a network that has none; or all,
    convolutions and fully connected layers."""
    batch_norm: Annotated[tuple[Literal["with_layer", "stays", "recalibrated"], ...], MinLen(1)] = ("with_layer",)
    """What becomes of the layer's batch norm: with_layer, it goes back; stays; recalibrated, its scale and shift go
    back, and its statistics and those of all behind it are estimated on the training images."""
    train_share: PositiveShare = 0.1
    """Share of the run's training images that are classified and that statistics are estimated on; drawn at random for
    each run, the same at every layer and epoch."""
