"""Options of the pre-activation ResNet18."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.architectures.resnet import Blocks
from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class PreactivationResNet18:
    """Pre-activation ResNet18 of adjustable width."""

    name: Literal["preactivation_resnet18"] = "preactivation_resnet18"
    """Module of src/rote/models."""
    width: Count = 64
    """Channels k of the first stage (k, 2k, 4k, 8k), 64 being the standard."""

    taps: ClassVar[tuple[str, ...]] = (
        *("first_convolution", "stage_1", "stage_2", "stage_3", "stage_4", "fully_connected"),
    )
    relus: ClassVar[int] = 16
    blocks: ClassVar[Mapping[int, Blocks]] = {18: ((2, 2, 2, 2), 2)}  # by depth
    normalises_batches: ClassVar[bool] = True
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
