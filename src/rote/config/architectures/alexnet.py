"""Options of AlexNet."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class AlexNet:
    """AlexNet for small images, with one fully connected layer and no batch norm."""

    name: Literal["alexnet"] = "alexnet"
    """Module of src/rote/models."""
    stem: Literal["strided", "same"] = "strided"
    """First convolution: stride 4, as on CIFAR, or stride 1 with a global average pooling at the end."""
    width: Count = 64
    """Channels k of the first convolution (k, 3k, 6k, 4k, 16k), 64 being the standard."""

    taps: ClassVar[tuple[str, ...]] = (
        *("layer_1", "layer_2", "layer_3", "layer_4", "layer_5", "layer_6", "layer_7", "layer_8"),
        "fully_connected",
    )
    relus: ClassVar[int] = 5
    normalises_batches: ClassVar[bool] = False
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
