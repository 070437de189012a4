"""Options of the plain convolutional network."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class PlainConvolutional:
    """Plain convolutional network of eight layers."""

    name: Literal["plain_convolutional"] = "plain_convolutional"
    """Module of src/rote/models."""
    width: Count = 64
    """Channels k of the first two layers; the next pairs have 2k, 4k and 8k."""

    taps: ClassVar[tuple[str, ...]] = (
        *("layer_1", "layer_2", "layer_3", "layer_4", "layer_5", "layer_6", "layer_7", "layer_8"),
        "fully_connected",
    )
    relus: ClassVar[int] = 8
    normalises_batches: ClassVar[bool] = True
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
