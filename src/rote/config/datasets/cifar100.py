"""Known sizes of CIFAR-100."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Cifar100:
    """CIFAR-100: small photographs, with the fine labels."""

    kind: Literal["cifar100"] = "cifar100"
    """Which published data set it is; the entry's own name where left out."""

    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    n_train: ClassVar[int] = 50_000
    n_test: ClassVar[int] = 10_000
    n_classes: ClassVar[int] = 100
