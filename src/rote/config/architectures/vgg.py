"""Options of VGG16."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Lt

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class VGG:
    """VGG16 with three fully connected layers."""

    name: Literal["vgg"] = "vgg"
    """Module of src/rote/models."""
    width: Count = 64
    """Channels k of the first convolution (up to 8k; 64k units in the hidden layers), 64 being the standard."""
    batch_norm: bool = True
    """Whether batch norm follows each convolution."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Probability at which training drops a unit of the two hidden fully connected layers."""

    taps: ClassVar[tuple[str, ...]] = (
        *("layer_1", "layer_2", "layer_3", "layer_4", "layer_5", "layer_6", "layer_7", "layer_8", "layer_9"),
        *("layer_10", "layer_11", "layer_12", "layer_13", "layer_14", "layer_15", "layer_16", "layer_17", "layer_18"),
        *("layer_19", "layer_20", "fully_connected"),
    )
    relus: ClassVar[int] = 15
    normalises_batches: ClassVar[bool] = True
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
