"""Known sizes of CIFAR-10."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Cifar10:
    """CIFAR-10: small photographs."""

    kind: Literal["cifar10"] = "cifar10"
    """Which published data set it is; the entry's own name where left out."""

    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    n_train: ClassVar[int] = 50_000
    n_test: ClassVar[int] = 10_000
    n_classes: ClassVar[int] = 10
