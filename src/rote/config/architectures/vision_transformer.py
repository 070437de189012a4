"""Options of the vision transformer."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class VisionTransformer:
    """Vision transformer; the defaults are the sizes of ViT-B/16."""

    name: Literal["vision_transformer"] = "vision_transformer"
    """Module of src/rote/models."""
    patch_size: Count = 16
    """Side of a patch in pixels; it divides the image's."""
    layers: Count = 12
    """Encoder blocks."""
    heads: Count = 12
    """Attention heads, a divisor of hidden_size."""
    hidden_size: Count = 768
    """Width of a token."""
    mlp_size: Count = 3072
    """Width of the hidden layer of each block's MLP."""

    taps: ClassVar[tuple[str, ...]] = ("patch_embedding", "block_{layers}", "head")
    relus: ClassVar[int] = 0
    normalises_batches: ClassVar[bool] = False
    trains_side_by_side: ClassVar[bool] = False
    takes_weights: ClassVar[bool] = False
