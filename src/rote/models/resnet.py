"""ResNet18 and ResNet50 of adjustable width with first convolutions for small images, built on torchvision's.

He et al., "Deep residual learning for image recognition" (2016); torchvision's bottleneck has its stride at the 3×3
convolution. The ImageNet stem, a 7×7 convolution and max-pooling, may give way to one 3×3 convolution without bias,
with no max-pooling after it, that takes images of the stem's size to maps of 32×32.
"""

from typing import Any

import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from rote.models.network import Network, Segment, Tap, layer_taps, stage_segments

# Block and number of blocks of each stage (He et al. 2016, table 1).
DEPTHS: dict[int, tuple[Any, list[int]]] = {18: (BasicBlock, [2, 2, 2, 2]), 50: (Bottleneck, [3, 4, 6, 3])}
RELUS_PER_BLOCK = {BasicBlock: 2, Bottleneck: 3}  # calls of the block's only ReLU module, one for each convolution
STANDARD_WIDTH = 64

# Kernel, stride and padding of the first convolution. 84px is that of Jamroz and Kurdziel's public code for
# Mini-ImageNet. 64px is ours: the smallest change of the CIFAR stem that takes 64×64 to 32×32.
STEMS = {"cifar": (3, 1, 1), "84px": (3, 3, 6), "64px": (3, 2, 1), "imagenet": (7, 2, 3)}


class ScaledResNet(torchvision.models.ResNet):  # type: ignore[misc]
    """Torchvision's ResNet whose first stage has `width` channels; the other stages follow."""

    def __init__(self, depth: int, width: int, **options: Any) -> None:
        self.width = width
        super().__init__(*DEPTHS[depth], **options)

    def _make_layer(self, block: Any, planes: int, *arguments: Any, **options: Any) -> nn.Sequential:
        if planes == STANDARD_WIDTH:
            self.inplanes = self.width
        stage: nn.Sequential = super()._make_layer(block, planes * self.width // STANDARD_WIDTH, *arguments, **options)
        return stage


class ResNet(Network):
    """Torchvision's ResNet, with taps and cut points."""

    def __init__(self, layers: ScaledResNet, depth: int) -> None:
        super().__init__()
        self.layers = layers
        block, n_blocks = DEPTHS[depth]
        stages = list(enumerate(n_blocks, 1))
        last_blocks = {f"stage_{stage}": Tap(f"layers.layer{stage}.{n - 1}") for stage, n in stages}
        self.taps = {"first_convolution": Tap("layers.conv1"), **last_blocks, "fully_connected": Tap("layers.fc")}
        calls = range(1, RELUS_PER_BLOCK[block] + 1)
        self.relus = (
            Tap("layers.relu"),
            *(Tap(f"layers.layer{stage}.{i}.relu", call) for stage, n in stages for i in range(n) for call in calls),
        )
        paths = {f"stage_{stage}": [f"layers.layer{stage}.{i}" for i in range(n)] for stage, n in stages}
        self.layer_taps = layer_taps("layers.conv1", paths, [f"conv{call}" for call in calls], "layers.fc")

    def segments(self) -> dict[str, Segment]:
        """First convolution, its activation, residual blocks, pooling, fully connected layer."""
        return {
            "first_convolution": self.layers.conv1,
            "first_activation": self._first_activation,
            **stage_segments("stage_1", self.layers.layer1),
            **stage_segments("stage_2", self.layers.layer2),
            **stage_segments("stage_3", self.layers.layer3),
            **stage_segments("stage_4", self.layers.layer4),
            "pooled": self._pooled,
            "fully_connected": self.layers.fc,
        }

    def _first_activation(self, x: Tensor) -> Tensor:
        activation: Tensor = self.layers.maxpool(self.layers.relu(self.layers.bn1(x)))
        return activation

    def _pooled(self, x: Tensor) -> Tensor:
        pooled: Tensor = self.layers.avgpool(x)
        return pooled.flatten(1)


def build(
    image_shape: tuple[int, int, int],
    n_classes: int,
    depth: int,
    stem: str,
    width: int,
    zero_initialised_residuals: bool,
) -> ResNet:
    """ResNet for small images.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C). Any size will do, the pooling is global.
    n_classes : int
    depth : {18, 50}
    stem : {"cifar", "84px", "64px", "imagenet"}
        First convolution: 3×3 with stride 1 and padding 1, stride 3 and padding 6, or stride 2 and padding 1; or 7×7
        with stride 2 and a 3×3 max-pooling with stride 2, which Stephenson et al. (2021, table 5) keep for 64×64.
    width : int
        Channels of the first stage's 3×3 convolutions; 64 is the standard, the other stages have 2, 4, 8 times as many.
    zero_initialised_residuals : bool
        Let every residual branch start at zero, its last batch norm's scale being 0 (Goyal et al. 2017), as Jamroz
        and Kurdziel do.

    Returns
    -------
    ResNet
        Taps: `first_convolution` (before batch norm), `stage_1` … `stage_4` (after the summation and its ReLU),
        `fully_connected` (the logits); finer, `stage_1_block_1_convolution_1` and so on (before batch norm), and each
        block's output. Cut points: the taps, `first_activation`, `stage_1_block_1` and so on after each
        block that does not end a stage, and `pooled` (B, 8 · width, four times as many at depth 50).

    Notes
    -----
    Convolutions, the first included, start as torchvision's do (normal, He et al. 2015, fan-out). Torchvision's ReLUs
    work in place: the output of a batch norm inside is overwritten, those of the taps are not.
    """
    layers = ScaledResNet(depth, width, num_classes=n_classes, zero_init_residual=zero_initialised_residuals)
    layers.conv1 = nn.Conv2d(image_shape[2], width, *STEMS[stem], bias=False)
    nn.init.kaiming_normal_(layers.conv1.weight, mode="fan_out", nonlinearity="relu")
    layers.bn1 = nn.BatchNorm2d(width)
    if stem != "imagenet":
        layers.maxpool = nn.Identity()
    layers.fc = nn.Linear(layers.inplanes, n_classes)
    return ResNet(layers, depth)
