"""What every network of the study is: a classifier of images, made of named segments, that declares its taps."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

Segment = Callable[[Tensor], Tensor]

INPUT = "input"  # the normalised images themselves, as a tap and as a cut point


@dataclass(frozen=True)
class Tap:
    """Where a representation is taken: at the output of one call of a submodule."""

    module: str
    """Path of the submodule in the network."""
    call: int | None = None
    """Which of its calls within one call of the module that holds it, from 1; None for the latest call."""


class Network(nn.Module):
    """A classifier of images that declares its segments and its taps.

    Takes float images of shape (B, C, H, W) and gives logits of shape (B, n_classes).

    Attributes
    ----------
    taps : dict of str to Tap
        Name of each tap that the architecture is studied at by default, in order of depth.
    relus : tuple of Tap
        Every call of a ReLU, in order of depth.
    layer_taps : dict of str to Tap, optional
        Finer taps, the outputs of all layers and blocks in order of depth; None where `taps` are these.
    token_pooling : {"class_token", "mean"} or None
        How an output of tokens (B, T, F) becomes one vector per image: its first token, or the mean over tokens. None
        for a network without tokens.
    """

    taps: dict[str, Tap]
    relus: tuple[Tap, ...] = ()
    layer_taps: dict[str, Tap] | None = None
    token_pooling: Literal["class_token", "mean"] | None = None

    def segments(self) -> dict[str, Segment]:
        """What the network computes one after the other, by name, in order of depth.

        Returns
        -------
        dict of str to callable
            Each maps the output of the one before it, the first the images, the last to the logits. The network can be
            cut after each. A segment whose output is that of a tap bears the tap's name.
        """
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, n_classes)."""
        return apply(self.segments().values(), images)


def apply(segments: Iterable[Segment], x: Tensor) -> Tensor:
    """Output of the last of some segments, each given the output of the one before it, the first `x`."""
    for segment in segments:
        x = segment(x)
    return x


def stage_segments(stage: str, blocks: nn.Sequential) -> dict[str, Segment]:
    """Residual blocks of a stage as segments, in order of depth.

    The last block ends the stage and bears its name; those before it are numbered, ``stage_1_block_1`` and so on.
    """
    *before, last = blocks
    return {**{f"{stage}_block_{i}": block for i, block in enumerate(before, 1)}, stage: last}


def layer_taps(
    first_convolution: str, stages: Mapping[str, Sequence[str]], convolutions: Sequence[str], fully_connected: str
) -> dict[str, Tap]:
    """Taps of a residual network at all of its convolutions and blocks.

    Parameters
    ----------
    first_convolution, fully_connected : str
        Paths of these modules, whose taps bear the same names.
    stages : mapping of str to sequence of str
        Paths of the blocks of each stage, by the stage's name.
    convolutions : sequence of str
        Names of the convolutions within a block, the shortcut's left out.

    Returns
    -------
    dict of str to Tap
        In order of depth: ``stage_1_block_1_convolution_1`` and so on, then the block. The last block of a stage bears
        the stage's name.
    """
    taps = {"first_convolution": Tap(first_convolution)}
    for stage, blocks in stages.items():
        for number, block in enumerate(blocks, 1):
            name = f"{stage}_block_{number}"
            taps |= {f"{name}_convolution_{i}": Tap(f"{block}.{inside}") for i, inside in enumerate(convolutions, 1)}
            taps[name if number < len(blocks) else stage] = Tap(block)
    return {**taps, "fully_connected": Tap(fully_connected)}
