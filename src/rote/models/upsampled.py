"""What networks that were pre-trained at one image size have in common: they see every image at that size."""

from typing import Any

from torch import Tensor
from torch.nn import functional

from rote.errors import ConfigError
from rote.models.network import Network, Segment, Tap

PRETRAINED_CHANNELS = 3


class UpsampledNetwork(Network):
    """One of timm's networks of tokens behind a bilinear change of image size, with taps and cut points.

    Its submodules bear timm's names below ``layers``, so that weights in timm's naming fit. Grey images are given to
    all three channels.
    """

    def __init__(self, layers: Any, n_blocks: int, input_size: int) -> None:
        super().__init__()
        self.layers: Any = layers
        self.input_size = input_size
        self.taps = {f"block_{i + 1}": Tap(f"layers.blocks.{i}") for i in range(n_blocks)}
        self.taps["head"] = Tap("layers.head")

    def segments(self) -> dict[str, Segment]:
        """Change of image size, tokens, blocks, last layer norm and pooling, head."""
        return {
            "upsampled": self._upsampled,
            "tokens": self._tokens,
            **{f"block_{i}": block for i, block in enumerate(self.layers.blocks, 1)},
            "pooled": self._pooled,
            "head": self.layers.head,
        }

    def _upsampled(self, images: Tensor) -> Tensor:
        images = images.expand(-1, PRETRAINED_CHANNELS, -1, -1)
        return functional.interpolate(images, (self.input_size, self.input_size), mode="bilinear")

    def _tokens(self, images: Tensor) -> Tensor:
        raise NotImplementedError

    def _pooled(self, tokens: Tensor) -> Tensor:
        pooled: Tensor = self.layers.forward_head(self.layers.norm(tokens), pre_logits=True)
        return pooled


def check_sizes(image_shape: tuple[int, int, int], *, input_size: int, patch_size: int) -> None:
    """Refuse sizes that such a network cannot have.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C).
    input_size, patch_size : int
        Side of the image that the network sees, and of a patch, in pixels.

    Raises
    ------
    ConfigError
        If patches do not fill the image, or it has neither 1 nor 3 channels.
    """
    if input_size % patch_size:
        raise ConfigError(f"input_size must be a multiple of patch_size, and {input_size} is not one of {patch_size}.")
    if image_shape[2] not in (1, PRETRAINED_CHANNELS):
        raise ConfigError(
            f"a pre-trained network takes grey or colour images, not images of {image_shape[2]} channels."
        )
