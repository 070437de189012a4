"""Convolutional networks without shortcuts, layer by layer as a study lists them.

The CNN and both AlexNets of Ketha & Ramaswamy, "Decoding generalization from memorization in deep neural networks", and
the network on SVHN of Gupta et al. are presets of it in the configuration. Convolutions are followed by a ReLU and,
where listed, max-pooling, whose size is rounded down as PyTorch does by default.
"""

from collections.abc import Sequence

from torch import nn

from rote.config.architectures.convolutional import Convolution
from rote.errors import ConfigError
from rote.models.chain import Chain, layer


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    convolutions: Sequence[Convolution],
    hidden: Sequence[int],
    batch_norm: bool,
    head_bias: bool,
) -> Chain:
    """Convolutional network for images of one size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C).
    n_classes : int
    convolutions : sequence of Convolution
        In order of depth.
    hidden : sequence of int
        Units of each hidden fully connected layer.
    batch_norm : bool
        Whether batch norm follows each convolution, which then has no bias.
    head_bias : bool
        Whether the layer that gives the logits has a bias.

    Returns
    -------
    Chain
        Taps, all of them cut points: `convolution_1` … (after the ReLU and the pooling that follows it), `flatten` (the
        last of these as vectors), `hidden_1` … (after the ReLU), `fully_connected` (the logits). Weights start as
        PyTorch draws them by default.

    Raises
    ------
    ConfigError
        If a convolution or a pooling leaves no pixel of images of this size.
    """
    *sides, channels = image_shape
    layers: dict[str, nn.Module] = {}
    for number, convolution in enumerate(convolutions, 1):
        padding = convolution.kernel // 2 if convolution.padding is None else convolution.padding
        sides = [_places(side + 2 * padding, convolution.kernel, convolution.stride) for side in sides]
        if convolution.pooling is not None:
            sides = [_places(side, convolution.pooling.size, convolution.pooling.stride) for side in sides]
        if min(sides) < 1:
            height, width, _ = image_shape
            raise ConfigError(
                f"convolutional: images of {height}×{width} pixels have none left after convolution {number}. "
                "Take larger images, smaller kernels and strides, or fewer poolings."
            )
        layers[f"convolution_{number}"] = _convolution(channels, convolution, padding, batch_norm)
        channels = convolution.channels
    layers["flatten"] = nn.Flatten()
    features = channels * sides[0] * sides[1]
    for number, units in enumerate(hidden, 1):
        layers[f"hidden_{number}"] = layer(linear=nn.Linear(features, units), relu=nn.ReLU())
        features = units
    return Chain(layers, nn.Linear(features, n_classes, bias=head_bias))


def _places(side: int, window: int, stride: int) -> int:
    return (side - window) // stride + 1


def _convolution(before: int, convolution: Convolution, padding: int, batch_norm: bool) -> nn.Sequential:
    after, kernel, stride = convolution.channels, convolution.kernel, convolution.stride
    modules: dict[str, nn.Module] = {
        "convolution": nn.Conv2d(before, after, kernel, stride, padding=padding, bias=not batch_norm)
    }
    if batch_norm:
        modules["batch_norm"] = nn.BatchNorm2d(after)
    modules["relu"] = nn.ReLU()
    if convolution.pooling is not None:
        modules["pooling"] = nn.MaxPool2d(convolution.pooling.size, convolution.pooling.stride)
    return layer(**modules)
