"""VGG16 of adjustable width: thirteen 3×3 convolutions, five poolings, three fully connected layers.

Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition" (2015), configuration D, in
the form of Stephenson et al., "On the geometry of generalization and memorization in deep neural networks" (2021),
table 3: batch norm after each convolution, and a pooling to one pixel from 32×32. The table has dropout after the two
hidden fully connected layers, although the text says that there was no regularisation besides batch norm; so it is an
option. A convolution has a bias where no batch norm follows, which would cancel it.
"""

import math

from torch import nn

from rote.models.chain import Chain, layer

CHANNELS = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))  # in units of the first one's; a pooling follows each
HIDDEN = 64  # units of a hidden fully connected layer, in the same unit
REDUCTION = 2 ** len(CHANNELS)  # of a side of the image


def build(image_shape: tuple[int, int, int], n_classes: int, width: int, batch_norm: bool, dropout: float) -> Chain:
    """VGG16 for images of any one size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C). What the last pooling leaves is flattened; of 32×32 pixels that is one.
    n_classes : int
    width : int
        Channels k of the first convolution; the others have up to 8k, the hidden fully connected layers 64k units.
    batch_norm : bool
        Whether batch norm follows each convolution.
    dropout : float
        Probability at which training drops a unit of the hidden fully connected layers.

    Returns
    -------
    Chain
        Taps, all of them cut points: `layer_1` … `layer_20`, the rows of the table: 3, 6, 10, 14 and 18 are poolings,
        19 and 20 fully connected layers, the others convolutions, all after the ReLU. `fully_connected` (row 21, the
        logits). Weights start as PyTorch draws them by default.
    """
    height, image_width, before = image_shape
    layers: list[nn.Module] = []
    for stage in CHANNELS:
        for factor in stage:
            layers.append(_convolution(before, factor * width, batch_norm))
            before = factor * width
        layers.append(nn.MaxPool2d(2, ceil_mode=True))  # rounded up, so that one pixel stays one
    pixels = math.ceil(height / REDUCTION) * math.ceil(image_width / REDUCTION)
    hidden = HIDDEN * width
    layers += [_hidden(pixels * before, hidden, dropout), _hidden(hidden, hidden, dropout)]
    return Chain(layers, nn.Linear(hidden, n_classes))


def _convolution(before: int, after: int, batch_norm: bool) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 3, padding=1, bias=not batch_norm)
    norm = {"batch_norm": nn.BatchNorm2d(after)} if batch_norm else {}
    return layer(convolution=convolution, **norm, relu=nn.ReLU())


def _hidden(before: int, after: int, dropout: float) -> nn.Sequential:
    dropped = {"dropout": nn.Dropout(dropout)} if dropout else {}
    return layer(flatten=nn.Flatten(), linear=nn.Linear(before, after), relu=nn.ReLU(), **dropped)
