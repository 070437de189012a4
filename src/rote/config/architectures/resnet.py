"""Options of torchvision's ResNet for small images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count

Blocks = tuple[tuple[int, ...], int]  # number of blocks of each stage, number of convolutions of a block


@dataclass(frozen=True, kw_only=True)
class ResNet:
    """ResNet18 or ResNet50 for small images."""

    name: Literal["resnet"] = "resnet"
    """Module of src/rote/models."""
    depth: Literal[18, 50] = 18
    """Layers."""
    stem: Literal["cifar", "84px", "64px", "imagenet"] = "cifar"
    """First convolution: 3×3, by the size of images that it takes to 32×32 maps; or ImageNet's, with max-pooling."""
    width: Count = 64
    """Channels k of the first stage (k, 2k, 4k, 8k), 64 being the standard."""
    zero_initialised_residuals: bool = True
    """Whether residual branches start at zero."""

    taps: ClassVar[tuple[str, ...]] = (
        *("first_convolution", "stage_1", "stage_2", "stage_3", "stage_4", "fully_connected"),
    )
    relus: ClassVar[Mapping[int, int]] = {18: 17, 50: 49}  # by depth
    blocks: ClassVar[Mapping[int, Blocks]] = {18: ((2, 2, 2, 2), 2), 50: ((3, 4, 6, 3), 3)}  # by depth
    normalises_batches: ClassVar[bool] = True
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
