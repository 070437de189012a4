"""Known sizes of scikit-learn's digits."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Digits:
    """scikit-learn's digits: handwritten digits, part of the package."""

    kind: Literal["digits"] = "digits"
    """Which published data set it is; the entry's own name where left out."""

    image_shape: ClassVar[tuple[int, int, int]] = (8, 8, 1)
    n_train: ClassVar[int] = 1_437
    n_test: ClassVar[int] = 360
    n_classes: ClassVar[int] = 10
