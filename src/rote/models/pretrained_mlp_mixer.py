"""MLP-Mixer as timm has it, for pre-trained weights, with the sizes of Mixer-B/16 as defaults.

Tolstikhin et al., "MLP-Mixer: An all-MLP architecture for vision" (2021); the options are named after its Table 1.
Jamroz & Kurdziel (Fig. A.10) fine-tune the weights that Chen et al., "When vision transformers outperform ResNets
without pre-training or strong data augmentations" (2022) pre-trained on ImageNet with sharpness-aware minimisation.
These were published as JAX arrays (.npz) and timm carries no copy of them. Its nearest weights are
``timm/mixer_b16_224.goog_in21k_ft_in1k``, pre-trained without sharpness-aware minimisation; for the paper's own, give
`rote.training.pretrained` a copy in timm's naming.
"""

from timm.models.mlp_mixer import MlpMixer
from torch import Tensor

from rote.models.upsampled import UpsampledNetwork, check_sizes


class PretrainedMlpMixer(UpsampledNetwork):
    """Timm's MLP-Mixer, with taps; an image's representation is the mean over its tokens."""

    token_pooling = "mean"

    def _tokens(self, images: Tensor) -> Tensor:
        tokens: Tensor = self.layers.stem(images)
        return tokens


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    patch_size: int,
    layers: int,
    hidden_size: int,
    token_mlp_size: int,
    channel_mlp_size: int,
    input_size: int,
) -> PretrainedMlpMixer:
    """MLP-Mixer with random weights, into which pre-trained ones can be loaded.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C) with C = 1 or 3. Images of any size are brought to `input_size`.
    n_classes : int
    patch_size : int
        Side of a patch in pixels.
    layers : int
        Number of mixer blocks.
    hidden_size : int
        Width of a token.
    token_mlp_size, channel_mlp_size : int
        Width of the hidden layers of each block's MLPs, over tokens and over channels.
    input_size : int
        Side in pixels of the image that the network sees, a multiple of `patch_size`.

    Returns
    -------
    PretrainedMlpMixer
        Taps: `block_1` … (B, (input_size / patch_size)², hidden_size; before the last layer norm), `head` (the logits).
        Cut points: `upsampled` (the images at `input_size`), `tokens`, the taps, and before `head` `pooled`
        (B, hidden_size; the mean over tokens after the last layer norm). The head starts at zero, as timm has it, so
        that the logits of an untrained network are all 0.

    Raises
    ------
    ConfigError
        If patches do not fill the image, or it has neither 1 nor 3 channels.
    """
    check_sizes(image_shape, input_size=input_size, patch_size=patch_size)
    sizes = token_mlp_size, channel_mlp_size
    token_ratio, channel_ratio = ((size + 0.5) / hidden_size for size in sizes)  # timm rounds products down
    mixer = MlpMixer(
        num_classes=n_classes,
        img_size=input_size,
        patch_size=patch_size,
        num_blocks=layers,
        embed_dim=hidden_size,
        mlp_ratio=(token_ratio, channel_ratio),
    )
    return PretrainedMlpMixer(mixer, layers, input_size)
