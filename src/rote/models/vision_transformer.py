"""Vision transformer, torchvision's, with the sizes of ViT-B/16 as defaults.

Dosovitskiy et al., "An image is worth 16×16 words" (2021); the options are named as in its Table 1.
"""

import math

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer as TorchvisionTransformer

from rote.errors import ConfigError, DataError
from rote.models.network import Network, Segment, Tap


class VisionTransformer(Network):
    """Torchvision's vision transformer, with taps and cut points; an image's representation is the class token."""

    token_pooling = "class_token"

    def __init__(self, layers: TorchvisionTransformer, depth: int) -> None:
        super().__init__()
        self.layers = layers
        blocks = {f"block_{i + 1}": Tap(f"layers.encoder.layers.encoder_layer_{i}") for i in range(depth)}
        self.taps = {"patch_embedding": Tap("layers.conv_proj"), **blocks, "head": Tap("layers.heads.head")}

    def segments(self) -> dict[str, Segment]:
        """Patch embedding, class token and position, encoder blocks, the class token's last layer norm, head."""
        return {
            "patch_embedding": self._patch_embedding,
            "tokens": self._tokens,
            **{f"block_{i}": block for i, block in enumerate(self.layers.encoder.layers, 1)},
            "pooled": self._pooled,
            "head": self.layers.heads,
        }

    def _patch_embedding(self, images: Tensor) -> Tensor:
        side = self.layers.image_size
        if images.shape[2:] != (side, side):
            given = "×".join(map(str, images.shape[2:]))
            raise DataError(f"this vision transformer was built for images of {side}×{side} pixels, not of {given}.")
        maps: Tensor = self.layers.conv_proj(images)
        return maps

    def _tokens(self, maps: Tensor) -> Tensor:
        patches = maps.flatten(2).mT
        tokens = torch.cat([self.layers.class_token.expand(len(patches), -1, -1), patches], 1)
        embedded: Tensor = self.layers.encoder.dropout(tokens + self.layers.encoder.pos_embedding)
        return embedded

    def _pooled(self, tokens: Tensor) -> Tensor:
        normalised: Tensor = self.layers.encoder.ln(tokens)
        return normalised[:, 0]


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    patch_size: int,
    layers: int,
    heads: int,
    hidden_size: int,
    mlp_size: int,
) -> VisionTransformer:
    """Vision transformer for square images.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C) with H = W, a multiple of `patch_size`. The position embedding has (H / patch_size)² + 1 rows: 32 px
        and patches of 16 px make four patches and the class token.
    n_classes : int
    patch_size : int
        Side of a patch in pixels.
    layers : int
        Number of encoder blocks.
    heads : int
        Attention heads, a divisor of `hidden_size`.
    hidden_size, mlp_size : int
        Width of a token and of the hidden layer of each block's MLP.

    Returns
    -------
    VisionTransformer
        Taps: `patch_embedding` (B, hidden_size, H / patch_size, W / patch_size; before class token and position),
        `block_1` … (B, tokens, hidden_size; the class token first), `head` (the logits). Cut points: these, `tokens`
        (after class token and position) and `pooled` (B, hidden_size; the class token after the last layer norm). The
        head starts at zero, as torchvision has it, so that the logits of an untrained network are all 0.

    Raises
    ------
    ConfigError
        If sizes do not divide as they must.
    """
    height, width, channels = image_shape
    if height != width or height % patch_size:
        raise ConfigError(
            f"images of {height}×{width} pixels do not divide into square patches: "
            f"patch_size must divide both sides of a square image, and is {patch_size}."
        )
    if hidden_size % heads:
        raise ConfigError(f"hidden_size must be a multiple of heads, and {hidden_size} is not one of {heads}.")
    transformer = TorchvisionTransformer(
        height, patch_size, layers, heads, hidden_size, mlp_size, num_classes=n_classes
    )
    if channels != transformer.conv_proj.in_channels:
        transformer.conv_proj = nn.Conv2d(channels, hidden_size, patch_size, patch_size)
        nn.init.trunc_normal_(transformer.conv_proj.weight, std=math.sqrt(1 / (channels * patch_size**2)))
        nn.init.zeros_(transformer.conv_proj.bias)
    return VisionTransformer(transformer, layers)
