"""The study of stitched networks (paper 3)."""

from dataclasses import dataclass, field
from typing import Literal

from rote.config.bounds import Count
from rote.config.optimizers import Adam, Optimizer
from rote.config.schedules import Constant, Schedule

Style = Literal["frankenstein", "bansal"]
Start = Literal["least_squares", "identity", "random"]


@dataclass(frozen=True, kw_only=True)
class StitchRecipe:
    """How stitches are made and trained; in steps, as epochs of small data sets are too few of them."""

    style: Style = "frankenstein"
    """frankenstein, a 1×1 convolution with a bias (a linear layer of vectors and tokens) between halves that are frozen
    and in evaluation mode; or bansal, batch norm, 1×1 convolution, batch norm, between halves in training mode, whose
    running statistics adapt."""
    start: Start = "least_squares"
    """Where the stitch starts: least_squares, the map that brings the front's activation nearest to the tail's own;
    identity; or random. A network stitched to itself starts from the identity."""

    optimizer: Optimizer = field(default_factory=lambda: Adam(learning_rate=1.0e-3))
    """Optimizer and its settings; its learning rate is the peak of the schedule."""
    schedule: Schedule = field(default_factory=Constant)
    """Learning rate per step."""
    steps: Count = 11_730
    """Steps; 11,730 are 30 epochs of 50,000 images in batches of 128 (Csiszárik et al. 2021)."""
    batch_size: Count = 128
    """Examples of a step, for each stitch."""
