"""Options of the MLP-Mixer that takes pre-trained weights."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rote.config.bounds import Count


@dataclass(frozen=True, kw_only=True)
class PretrainedMlpMixer:
    """MLP-Mixer for pre-trained weights; the defaults are the sizes of Mixer-B/16."""

    name: Literal["pretrained_mlp_mixer"] = "pretrained_mlp_mixer"
    """Module of src/rote/models."""
    patch_size: Count = 16
    """Side of a patch in pixels."""
    layers: Count = 12
    """Mixer blocks."""
    hidden_size: Count = 768
    """Width of a token."""
    token_mlp_size: Count = 384
    """Width of the hidden layer of each block's MLP over tokens."""
    channel_mlp_size: Count = 3072
    """Width of the hidden layer of each block's MLP over channels."""
    input_size: Count = 224
    """Side in pixels to which images are resampled, a multiple of patch_size."""

    taps: ClassVar[tuple[str, ...]] = ("block_{layers}", "head")
    relus: ClassVar[int] = 0
    normalises_batches: ClassVar[bool] = False
    trains_side_by_side: ClassVar[bool] = False
    takes_weights: ClassVar[bool] = True
