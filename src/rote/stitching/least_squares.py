"""The affine map of channels that brings one representation nearest to another, in the mean of squares.

Csiszárik et al., "Similarity and matching of neural network representations" (2021), section 3.2: channels are
features; images and, where there are any, pixels or tokens are samples.
"""

from typing import NamedTuple

import torch
from torch import Tensor

CUTOFF = 1e-10  # of the largest eigenvalue: below it float32 activations hold their rounding and little else


class Affine(NamedTuple):
    """A map of channels, x ↦ x Wᵀ + b."""

    weight: Tensor
    """Shape (out, in), float64"""
    bias: Tensor
    """Shape (out,), float64"""


def as_samples(activation: Tensor) -> Tensor:
    """An activation (B, C, H, W), (B, T, C) or (B, C) as samples (n, C), in its own dtype."""
    last = activation.movedim(1, -1) if activation.ndim == 4 else activation
    return last.reshape(-1, last.shape[-1])


class Moments:
    """First and second moments of pairs of samples, accumulated block by block in float64."""

    def __init__(self) -> None:
        self.n = 0

    def add(self, x: Tensor, y: Tensor) -> None:
        """Take in samples x (n, p) and y (n, q), of any real dtype, on one device."""
        x, y = x.double(), y.double()
        if self.n == 0:  # about their place, so that no digits are lost to a large mean
            self._x_place, self._y_place = x.mean(0), y.mean(0)
            self._x, self._y = torch.zeros_like(x[0]), torch.zeros_like(y[0])
            self._xx, self._xy = x.new_zeros(x.shape[1], x.shape[1]), x.new_zeros(x.shape[1], y.shape[1])
            self._yy = torch.zeros_like(y[0])
        x, y = x - self._x_place, y - self._y_place
        self.n += len(x)
        self._x += x.sum(0)
        self._y += y.sum(0)
        self._xx += x.T @ x
        self._xy += x.T @ y
        self._yy += y.square().sum(0)

    @property
    def x_mean(self) -> Tensor:
        """Mean of x, shape (p,), float64."""
        return self._x_place + self._x / self.n

    @property
    def y_mean(self) -> Tensor:
        """Mean of y, shape (q,), float64."""
        return self._y_place + self._y / self.n

    @property
    def x_covariance(self) -> Tensor:
        """Covariance of x, shape (p, p), float64."""
        mean = self._x / self.n
        return self._xx / self.n - mean[:, None] * mean

    @property
    def covariance(self) -> Tensor:
        """Covariance of x with y, shape (p, q), float64."""
        return self._xy / self.n - (self._x / self.n)[:, None] * (self._y / self.n)

    @property
    def y_variance(self) -> Tensor:
        """Variances of y, shape (q,), float64."""
        return self._yy / self.n - (self._y / self.n).square()

    def least_squares(self) -> Affine:
        """The map of least mean squared residual, of these the smallest in units of the channels' deviations.

        Channels that never vary, and directions that are rounding, get no weight: without this a dead channel makes the
        normal equations singular.
        """
        deviation = self.x_covariance.diagonal().clamp_min(0).sqrt()
        alive = deviation > 0
        scale = torch.where(alive, 1 / deviation.where(alive, torch.ones_like(deviation)), 0)
        values, vectors = torch.linalg.eigh(scale[:, None] * self.x_covariance * scale)
        kept = values > CUTOFF * values[-1].clamp_min(0)
        inverse = torch.where(kept, 1 / values.where(kept, torch.ones_like(values)), 0)
        solved = vectors @ (inverse[:, None] * (vectors.T @ (scale[:, None] * self.covariance)))
        weight = (scale[:, None] * solved).T
        return Affine(weight, self.y_mean - weight @ self.x_mean)

    def r_squared(self, affine: Affine) -> float:
        """Share of the variance of y, summed over channels, that a map of x explains; NaN where y never varies."""
        weight, total = affine.weight, self.y_variance.sum()
        offset = self.y_mean - affine.bias - weight @ self.x_mean
        residual = (
            total
            - 2 * (weight.T * self.covariance).sum()
            + ((weight @ self.x_covariance) * weight).sum()
            + offset.square().sum()
        )
        return float(1 - residual / total) if total > 0 else float("nan")
