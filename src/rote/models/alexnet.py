"""AlexNet for small images, of adjustable width: five convolutions with ReLUs, three poolings, one linear layer.

Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014), in the form of Stephenson et al.,
"On the geometry of generalization and memorization in deep neural networks" (2021), table 2: no batch norm, and a last
convolution of 1,024 channels in place of two fully connected layers. The table gives neither stride nor padding. Of the
two choices here, the stride of 4 leads from 32×32 pixels to the 1,024 numbers that the table's linear layer takes.
"""

import math
from typing import NamedTuple

from torch import nn

from rote.models.chain import Chain, layer


class Convolution(NamedTuple):
    """One convolution of the table."""

    factor: int
    """channels, in units of the first one's"""
    kernel: int
    pooled: bool
    """whether max-pooling follows"""


CONVOLUTIONS = (
    Convolution(1, 11, pooled=True),
    Convolution(3, 5, pooled=True),
    Convolution(6, 3, pooled=False),
    Convolution(4, 3, pooled=False),
    Convolution(16, 3, pooled=True),
)
STRIDES = {"strided": 4, "same": 1}  # of the first convolution
REDUCTION = 32  # of a side of the image, by the strided convolution and the poolings


def build(image_shape: tuple[int, int, int], n_classes: int, stem: str, width: int) -> Chain:
    """AlexNet for images of any one size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C).
    n_classes : int
    stem : {"strided", "same"}
        The first convolution has stride 4, and what the last pooling leaves is flattened; or it has stride 1, and the
        last pooling is followed by a global average. All convolutions pad by half their kernel.
    width : int
        Channels k of the first convolution; the others have 3k, 6k, 4k and 16k.

    Returns
    -------
    Chain
        Taps, all of them cut points: `layer_1` … `layer_8`, the rows of the table: layers 2, 4 and 8 are poolings, the
        others convolutions after the ReLU. `layer_8` gives vectors. `fully_connected` (row 9, the logits). Weights
        start as PyTorch draws them by default.
    """
    height, image_width, before = image_shape
    stride = STRIDES[stem]
    layers: list[nn.Module] = []
    for factor, kernel, pooled in CONVOLUTIONS:
        convolution = nn.Conv2d(before, factor * width, kernel, stride, padding=kernel // 2)
        layers.append(layer(convolution=convolution, relu=nn.ReLU()))
        if pooled:
            layers.append(nn.MaxPool2d(2, ceil_mode=True))  # rounded up, so that one pixel stays one
        before, stride = factor * width, 1
    if stem == "same":
        layers[-1] = layer(pooling=layers[-1], average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())
        return Chain(layers, nn.Linear(before, n_classes))
    layers[-1] = layer(pooling=layers[-1], flatten=nn.Flatten())
    pixels = math.ceil(height / REDUCTION) * math.ceil(image_width / REDUCTION)
    return Chain(layers, nn.Linear(pixels * before, n_classes))
