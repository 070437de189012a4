"""Known sizes of SVHN."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Svhn:
    """SVHN: house numbers, without the extra images."""

    kind: Literal["svhn"] = "svhn"
    """Which published data set it is; the entry's own name where left out."""

    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    n_train: ClassVar[int] = 73_257
    n_test: ClassVar[int] = 26_032
    n_classes: ClassVar[int] = 10
