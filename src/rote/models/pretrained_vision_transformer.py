"""Vision transformer as timm has it, for pre-trained weights, with the sizes of ViT-B/16 as defaults.

Dosovitskiy et al., "An image is worth 16×16 words" (2021); the options are named as in its Table 1. Jamroz & Kurdziel
(Fig. A.9) fine-tune the weights that Chen et al., "When vision transformers outperform ResNets without pre-training or
strong data augmentations" (2022) pre-trained on ImageNet with sharpness-aware minimisation: on the hub
``timm/vit_base_patch16_224.sam_in1k``, see `rote.training.pretrained`.
"""

from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from rote.errors import ConfigError
from rote.models.upsampled import UpsampledNetwork, check_sizes


class PretrainedVisionTransformer(UpsampledNetwork):
    """Timm's vision transformer, with taps; an image's representation is the class token."""

    token_pooling = "class_token"

    def _tokens(self, images: Tensor) -> Tensor:
        tokens: Tensor = self.layers._pos_embed(self.layers.patch_embed(images))
        return tokens


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    patch_size: int,
    layers: int,
    heads: int,
    hidden_size: int,
    mlp_size: int,
    input_size: int,
) -> PretrainedVisionTransformer:
    """Vision transformer with random weights, into which pre-trained ones can be loaded.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C) with C = 1 or 3. Images of any size are brought to `input_size`.
    n_classes : int
    patch_size : int
        Side of a patch in pixels.
    layers : int
        Number of encoder blocks.
    heads : int
        Attention heads, a divisor of `hidden_size`.
    hidden_size, mlp_size : int
        Width of a token and of the hidden layer of each block's MLP.
    input_size : int
        Side in pixels of the image that the network sees, a multiple of `patch_size`.

    Returns
    -------
    PretrainedVisionTransformer
        Taps: `block_1` … (B, 1 + (input_size / patch_size)², hidden_size; the class token first, before the last layer
        norm), `head` (the logits). Cut points: `upsampled` (the images at `input_size`), `tokens` (with class token and
        position), the taps, and before `head` `pooled` (B, hidden_size; the class token after the last layer norm).

    Raises
    ------
    ConfigError
        If sizes do not divide as they must, or the images have other channels.
    """
    check_sizes(image_shape, input_size=input_size, patch_size=patch_size)
    if hidden_size % heads:
        raise ConfigError(f"hidden_size must be a multiple of heads, and {hidden_size} is not one of {heads}.")
    transformer = VisionTransformer(
        img_size=input_size,
        patch_size=patch_size,
        num_classes=n_classes,
        embed_dim=hidden_size,
        depth=layers,
        num_heads=heads,
        mlp_ratio=(mlp_size + 0.5) / hidden_size,  # timm rounds the product down
    )
    return PretrainedVisionTransformer(transformer, layers, input_size)
