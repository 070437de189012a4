"""Plain convolutional network of eight layers: what a residual network is without its shortcuts.

The control of Jamroz & Kurdziel's Fig. A.8. The paper says "plain (i.e. non-residual) 8-layer convolutional network"
and no more; the rest is our choice, after Simonyan & Zisserman, "Very deep convolutional networks for large-scale image
recognition" (2015): 3×3 convolutions, each with batch norm and ReLU, and channels that double where max-pooling halves
the resolution. The four resolutions and their widths are those of the stages of a ResNet18.
"""

from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from rote.models.network import Network, Segment, Tap

LAYERS_PER_RESOLUTION = 2
DOUBLINGS = (1, 2, 4, 8)
RELU = 2  # place in a layer


class PlainConvolutional(Network):
    """Eight convolutional layers, global average pooling, fully connected layer."""

    def __init__(self, image_channels: int, n_classes: int, width: int) -> None:
        super().__init__()
        channels = [width * factor for factor in DOUBLINGS for _ in range(LAYERS_PER_RESOLUTION)]
        self.layers = nn.ModuleList(map(_layer, [image_channels, *channels], channels))
        self.fully_connected = nn.Linear(channels[-1], n_classes)
        self.taps = {f"layer_{i + 1}": Tap(f"layers.{i}") for i in range(len(channels))}
        self.taps["fully_connected"] = Tap("fully_connected")
        self.relus = tuple(Tap(f"layers.{i}.{RELU}") for i in range(len(channels)))

    def segments(self) -> dict[str, Segment]:
        """Layers, each with the max-pooling before it; global pooling; fully connected layer."""
        layers = {f"layer_{i + 1}": partial(self._layer, i) for i in range(len(self.layers))}
        return {**layers, "pooled": _pooled, "fully_connected": self.fully_connected}

    def _layer(self, i: int, x: Tensor) -> Tensor:
        if i > 0 and i % LAYERS_PER_RESOLUTION == 0:
            x = functional.max_pool2d(x, 2, ceil_mode=True)  # rounded up, so that one pixel stays one
        output: Tensor = self.layers[i](x)
        return output


def build(image_shape: tuple[int, int, int], n_classes: int, width: int) -> PlainConvolutional:
    """Plain convolutional network for images of any size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C).
    n_classes : int
    width : int
        Channels of the first two layers; the next pairs have 2, 4 and 8 times as many.

    Returns
    -------
    PlainConvolutional
        Taps: `layer_1` … `layer_8` (after the ReLU, before any pooling), `fully_connected` (the logits). Cut points:
        these and `pooled` (B, 8 · width). Weights start as PyTorch draws them by default.

    """
    return PlainConvolutional(image_shape[2], n_classes, width)


def _layer(in_channels: int, out_channels: int) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())


def _pooled(x: Tensor) -> Tensor:
    return x.mean((2, 3))
