"""Options of the plain convolutional network whose layers are listed one by one."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from rote.config.bounds import Count, Whole


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """Max-pooling that follows a convolution."""

    size: Count = 2
    """Side of its window, in pixels."""
    stride: Count = 2
    """Pixels from one window to the next."""


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """One convolution, its ReLU and what follows."""

    channels: Count
    """Channels of its output."""
    kernel: Count = 3
    """Side of its kernel, in pixels."""
    stride: Count = 1
    """Pixels from one place of the kernel to the next."""
    padding: Whole | None = None
    """Zeros on each side; half of the kernel, rounded down, where left out."""
    pooling: Pooling | None = None
    """Max-pooling after the ReLU; none where left out."""


POOLED = Pooling()


@dataclass(frozen=True, kw_only=True)
class Convolutional:
    """Convolutions with ReLUs and max-pooling, hidden fully connected layers, logits."""

    name: Literal["convolutional"] = "convolutional"
    """Module of src/rote/models."""
    convolutions: Annotated[tuple[Convolution, ...], MinLen(1)] = (
        *(Convolution(channels=16), Convolution(channels=16, pooling=POOLED)),
        *(Convolution(channels=32), Convolution(channels=32, pooling=POOLED)),
        *(Convolution(channels=64), Convolution(channels=64, pooling=POOLED)),
    )
    """The convolutions in order; those of Ketha & Ramaswamy's CNN where left out."""
    hidden: tuple[Count, ...] = (250, 250, 250)
    """Units of each hidden fully connected layer."""
    batch_norm: bool = False
    """Whether batch norm follows each convolution."""
    head_bias: bool = True
    """Whether the last layer, which gives the logits, has a bias."""

    taps: ClassVar[tuple[str, ...]] = (
        *("convolution_{convolutions}", "flatten", "hidden_{hidden}", "fully_connected"),
    )
    relus: ClassVar[tuple[str, ...]] = ("convolutions", "hidden")  # as many as these options list, together
    normalises_batches: ClassVar[bool] = True
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
