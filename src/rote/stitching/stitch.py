"""The layer between a front and a tail: an affine map of channels, the same at every pixel or token.

Two styles are known. ``frankenstein`` (Csiszárik et al. 2021) is the map alone. ``bansal`` (Bansal et al., "Revisiting
model stitching to compare neural representations", 2021) has a batch norm before and after it.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear

from rote.config.stitching import Start, Style
from rote.errors import ConfigError
from rote.seeds import Seeds
from rote.stitching.least_squares import Affine, Moments


class Stitch(nn.Module):
    """An affine map of channels: a 1×1 convolution of maps (B, C, H, W), a linear layer of (B, T, C) and (B, C).

    Parameters
    ----------
    affine : Affine
        Where it starts.
    """

    def __init__(self, affine: Affine) -> None:
        super().__init__()
        self.weight = nn.Parameter(affine.weight.float())
        self.bias = nn.Parameter(affine.bias.float())

    def forward(self, x: Tensor) -> Tensor:
        """Map the front's activation to one for the tail, of the same shape but for the channels."""
        if x.ndim == 4:
            return conv2d(x, self.weight[:, :, None, None], self.bias)
        return linear(x, self.weight, self.bias)


class NormedStitch(nn.Module):
    """Batch norm, affine map, batch norm.

    Parameters
    ----------
    affine : Affine
        Where it starts: with the statistics of the moments, the whole is this map.
    moments : Moments
        Of the front's activation.
    """

    def __init__(self, affine: Affine, moments: Moments) -> None:
        super().__init__()
        outputs, inputs = affine.weight.shape
        self.before, self.after = nn.BatchNorm1d(inputs), nn.BatchNorm1d(outputs)
        self.to(affine.weight.device)
        variance = moments.x_covariance.diagonal().clamp_min(0)
        deviation = (variance + self.before.eps).sqrt()
        self.stitch = Stitch(Affine(affine.weight * deviation, torch.zeros_like(affine.bias)))
        mapped = ((affine.weight @ moments.x_covariance) * affine.weight).sum(1).clamp_min(0)
        with torch.no_grad():
            for norm, mean, of in (
                (self.before, moments.x_mean, variance),
                (self.after, torch.zeros_like(affine.bias), mapped),
            ):
                assert norm.running_mean is not None
                assert norm.running_var is not None
                norm.running_mean.copy_(mean)
                norm.running_var.copy_(of)
            self.after.weight.copy_((mapped + self.after.eps).sqrt())
            self.after.bias.copy_(affine.weight @ moments.x_mean + affine.bias)

    def forward(self, x: Tensor) -> Tensor:
        """As of `Stitch`."""
        return _normed(self.after, self.stitch(_normed(self.before, x)))


def _normed(norm: nn.BatchNorm1d, x: Tensor) -> Tensor:
    """A batch norm of channels, over images and pixels or tokens."""
    normed: Tensor
    match x.ndim:
        case 4:
            normed = norm(x.flatten(2)).view(x.shape)
        case 3:
            normed = norm(x.transpose(1, 2)).transpose(1, 2)
        case _:
            normed = norm(x)
    return normed


def starting_map(start: Start, moments: Moments, seeds: Seeds) -> Affine:
    """Where a stitch starts.

    Parameters
    ----------
    start : {"least_squares", "identity", "random"}
        Random weights are uniform within ±1/√(channels of the front), as PyTorch draws a convolution's.
    moments : Moments
        Of the front's activation with the one that the tail was trained on.
    seeds : Seeds
        Of random weights.

    Returns
    -------
    Affine

    Raises
    ------
    ConfigError
        If the identity is asked for and the channels are not equally many.
    """
    p, q = moments.covariance.shape
    like = moments.x_mean
    if start == "least_squares":
        return moments.least_squares()
    if start == "identity":
        if p != q:
            raise ConfigError(
                f"a stitch of {p} to {q} channels cannot start from the identity. Set start: least_squares, or random."
            )
        return Affine(torch.eye(p, dtype=like.dtype, device=like.device), torch.zeros_like(like))
    drawn = seeds.generator("random stitch").uniform(-1, 1, (q, p + 1)) / np.sqrt(p)
    both = torch.from_numpy(drawn).to(like)
    return Affine(both[:, :p], both[:, p])


def make_stitch(style: Style, affine: Affine, moments: Moments) -> Stitch | NormedStitch:
    """A stitch of a style that starts from an affine map."""
    return Stitch(affine) if style == "frankenstein" else NormedStitch(affine, moments)
