"""ResNet18 and ResNet50 with first convolutions for small images, built on torchvision's.

He et al., "Deep residual learning for image recognition" (2016); torchvision's bottleneck has its stride at the 3×3
convolution. The ImageNet stem gives way to one 3×3 convolution without bias, with no max-pooling after it, that takes
images of the stem's size to maps of 32×32.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torchvision.models import resnet18, resnet50

from rote.models.network import Network
from rote.options import check_choice

DEPTHS: dict[int, Callable[..., Any]] = {18: resnet18, 50: resnet50}

# Stride and padding of the first convolution. 84px is that of Jamroz and Kurdziel's public code for Mini-ImageNet.
# 64px is ours: the smallest change of the CIFAR stem that takes 64×64 to 32×32.
STEMS = {"cifar": (1, 1), "84px": (3, 6), "64px": (2, 1)}

TAPS = {
    "first_convolution": "layers.conv1",
    "stage_1": "layers.layer1",
    "stage_2": "layers.layer2",
    "stage_3": "layers.layer3",
    "stage_4": "layers.layer4",
    "fully_connected": "layers.fc",
}


class ResNet(Network):
    """Torchvision's ResNet, with taps."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers
        self.taps = dict(TAPS)

    def forward(self, images: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, n_classes)."""
        logits: Tensor = self.layers(images)
        return logits


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    depth: int = 18,
    stem: str = "cifar",
    zero_initialised_residuals: bool = True,
) -> ResNet:
    """ResNet for small images.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C). Any size will do, the pooling is global.
    n_classes : int
    depth : {18, 50}
    stem : {"cifar", "84px", "64px"}
        First convolution: 3×3 with stride 1 and padding 1, stride 3 and padding 6, or stride 2 and padding 1.
    zero_initialised_residuals : bool
        Let every residual branch start at zero, its last batch norm's scale being 0 (Goyal et al. 2017), as Jamroz
        and Kurdziel do.

    Returns
    -------
    ResNet
        Taps: `first_convolution` (before batch norm), `stage_1` … `stage_4` (after the summation and its ReLU),
        `fully_connected` (the logits).

    Raises
    ------
    ConfigError
        If there is no such depth or stem.

    Notes
    -----
    Convolutions, the first included, start as torchvision's do (normal, He et al. 2015, fan-out). Torchvision's ReLUs
    work in place: the output of a batch norm inside is overwritten, those of the taps are not.
    """
    check_choice("depth", depth, DEPTHS)
    check_choice("stem", stem, STEMS)
    layers = DEPTHS[depth](num_classes=n_classes, zero_init_residual=zero_initialised_residuals)
    stride, padding = STEMS[stem]
    layers.conv1 = nn.Conv2d(image_shape[2], layers.conv1.out_channels, 3, stride, padding, bias=False)
    nn.init.kaiming_normal_(layers.conv1.weight, mode="fan_out", nonlinearity="relu")
    layers.maxpool = nn.Identity()
    return ResNet(layers)
