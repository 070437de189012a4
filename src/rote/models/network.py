"""What every network of the study is: a classifier of images, made of named segments, that declares its taps."""

from collections.abc import Callable, Iterable
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
    token_pooling : {"class_token", "mean"} or None
        How an output of tokens (B, T, F) becomes one vector per image: its first token, or the mean over tokens. None
        for a network without tokens.
    """

    taps: dict[str, Tap]
    relus: tuple[Tap, ...] = ()
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
