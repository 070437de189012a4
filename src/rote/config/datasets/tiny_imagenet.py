"""Options and known sizes of Tiny ImageNet; the images' shape follows from them (`rote.config.sizes`)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True)
class TinyImageNet:
    """Tiny ImageNet; its published validation images are the test images."""

    kind: Literal["tiny_imagenet"] = "tiny_imagenet"
    """Which published data set it is; the entry's own name where left out."""
    size: Annotated[int, Ge(1), Le(64)] = 64
    """Height and width; smaller than the published 64 px, images are resampled (Lanczos)."""

    n_train: ClassVar[int] = 100_000
    n_test: ClassVar[int] = 10_000
    n_classes: ClassVar[int] = 200
