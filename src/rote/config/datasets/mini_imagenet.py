"""Options and known sizes of Mini-ImageNet."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Whole


@dataclass(frozen=True, kw_only=True)
class MiniImageNet:
    """Mini-ImageNet: its published splits pooled and cut at random."""

    kind: Literal["mini_imagenet"] = "mini_imagenet"
    """Which published data set it is; the entry's own name where left out."""
    split_seed: Whole = 0
    """Number of the cut into training and test images."""

    image_shape: ClassVar[tuple[int, int, int]] = (84, 84, 3)
    n_train: ClassVar[int] = 50_000
    n_test: ClassVar[int] = 10_000
    n_classes: ClassVar[int] = 100
