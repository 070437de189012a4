"""Options of the multilayer perceptron."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class MLP:
    """Multilayer perceptron on flattened images."""

    name: Literal["mlp"] = "mlp"
    """Module of src/rote/models."""
    depth: Count = 5
    """Hidden layers."""
    width: Count = 1024
    """Units of each hidden layer."""
    hidden: Annotated[tuple[Count, ...], MinLen(1)] | None = None
    """Units of the hidden layers one by one, in place of depth and width."""

    taps: ClassVar[tuple[str, ...]] = ("layer_{hidden or depth}", "fully_connected")
    relus: ClassVar[tuple[str, ...]] = ("hidden or depth",)  # as many as this option says
    normalises_batches: ClassVar[bool] = False
    trains_side_by_side: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = False
