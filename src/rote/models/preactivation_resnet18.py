"""Pre-activation ResNet18 of adjustable width.

He et al., "Identity mappings in deep residual networks" (2016), in the form of Nakkiran et al., "Deep double descent"
(2020): stages of k, 2k, 4k, 8k channels, a 3×3 first convolution for small images, and neither batch norm nor ReLU
between the last stage and the pooling. No convolution has a bias; weights start as PyTorch draws them by default.
"""

from torch import Tensor, nn
from torch.nn import functional

from rote.models.network import Network, Segment, Tap, layer_taps, stage_segments

STAGES = ("stage_1", "stage_2", "stage_3", "stage_4")
BLOCKS_PER_STAGE = 2
RELUS_PER_BLOCK = 2


class PreactivationBlock(nn.Module):
    """Two times batch norm, ReLU, 3×3 convolution, beside a shortcut.

    Where the shape changes, the shortcut is a 1×1 convolution of the first activation, else it is the identity.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.shortcut: nn.Conv2d | None = None
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, in_channels, H, W) to (B, out_channels, H / stride, W / stride)."""
        activation = self.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(activation)
        residual: Tensor = self.conv2(self.relu(self.bn2(self.conv1(activation))))
        return residual + shortcut


class PreactivationResNet18(Network):
    """First convolution, four stages of two blocks, global average pooling, fully connected layer."""

    def __init__(self, image_channels: int, n_classes: int, width: int) -> None:
        super().__init__()
        self.first_convolution = nn.Conv2d(image_channels, width, 3, padding=1, bias=False)
        self.stage_1 = _stage(width, width, stride=1)
        self.stage_2 = _stage(width, 2 * width, stride=2)
        self.stage_3 = _stage(2 * width, 4 * width, stride=2)
        self.stage_4 = _stage(4 * width, 8 * width, stride=2)
        self.fully_connected = nn.Linear(8 * width, n_classes)
        self.taps = {
            "first_convolution": Tap("first_convolution"),
            **{stage: Tap(f"{stage}.{BLOCKS_PER_STAGE - 1}") for stage in STAGES},
            "fully_connected": Tap("fully_connected"),
        }
        self.relus = tuple(
            Tap(f"{stage}.{block}.relu", call)
            for stage in STAGES
            for block in range(BLOCKS_PER_STAGE)
            for call in range(1, RELUS_PER_BLOCK + 1)
        )
        paths = {stage: [f"{stage}.{block}" for block in range(BLOCKS_PER_STAGE)] for stage in STAGES}
        self.layer_taps = layer_taps("first_convolution", paths, ["conv1", "conv2"], "fully_connected")

    def segments(self) -> dict[str, Segment]:
        """First convolution, residual blocks, pooling, fully connected layer."""
        return {
            "first_convolution": self.first_convolution,
            **stage_segments("stage_1", self.stage_1),
            **stage_segments("stage_2", self.stage_2),
            **stage_segments("stage_3", self.stage_3),
            **stage_segments("stage_4", self.stage_4),
            "pooled": _pooled,
            "fully_connected": self.fully_connected,
        }


def build(image_shape: tuple[int, int, int], n_classes: int, width: int) -> PreactivationResNet18:
    """Pre-activation ResNet18 for images of any size.

    Parameters
    ----------
    image_shape : tuple of int
        (H, W, C). At 32×32 the last stage is 4×4 and the global pooling is the published 4×4 one.
    n_classes : int
    width : int
        Channels k of the first stage; 64 is the standard ResNet18.

    Returns
    -------
    PreactivationResNet18
        Taps: `first_convolution`, `stage_1` … `stage_4` (after the summation), `fully_connected` (the logits); finer,
        `stage_1_block_1_convolution_1` and so on, and each block's output. Cut points: the taps, `stage_1_block_1` and
        so on after each stage's first block, and `pooled` (B, 8 · width).

    """
    return PreactivationResNet18(image_shape[2], n_classes, width)


def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    blocks = [PreactivationBlock(in_channels, out_channels, stride)]
    blocks += [PreactivationBlock(out_channels, out_channels, 1) for _ in range(BLOCKS_PER_STAGE - 1)]
    return nn.Sequential(*blocks)


def _pooled(x: Tensor) -> Tensor:
    return functional.adaptive_avg_pool2d(x, 1).flatten(1)
