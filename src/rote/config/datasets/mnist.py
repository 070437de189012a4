"""Known sizes of MNIST."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Mnist:
    """MNIST: handwritten digits."""

    kind: Literal["mnist"] = "mnist"
    """Which published data set it is; the entry's own name where left out."""

    image_shape: ClassVar[tuple[int, int, int]] = (28, 28, 1)
    n_train: ClassVar[int] = 60_000
    n_test: ClassVar[int] = 10_000
    n_classes: ClassVar[int] = 10
