"""Options of the vision transformer that takes pre-trained weights."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class PretrainedVisionTransformer:
    """Vision transformer for pre-trained weights; the defaults are the sizes of ViT-B/16."""

    name: Literal["pretrained_vision_transformer"] = "pretrained_vision_transformer"
    """Module of src/rote/models."""
    patch_size: Count = 16
    """Side of a patch in pixels."""
    layers: Count = 12
    """Encoder blocks."""
    heads: Count = 12
    """Attention heads, a divisor of hidden_size."""
    hidden_size: Count = 768
    """Width of a token."""
    mlp_size: Count = 3072
    """Width of the hidden layer of each block's MLP."""
    input_size: Count = 224
    """Side in pixels to which images are resampled, a multiple of patch_size."""

    taps: ClassVar[tuple[str, ...]] = ("block_{layers}", "head")
    relus: ClassVar[int] = 0
    normalises_batches: ClassVar[bool] = False
    trains_side_by_side: ClassVar[bool] = False
    takes_weights: ClassVar[bool] = True
