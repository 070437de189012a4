"""Labelled images on the device."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class Examples:
    """Labelled images on one device, as raw pixels.

    Attributes
    ----------
    images : Tensor
        Shape (n, H, W, C), uint8.
    labels : Tensor
        Labels to train on, shape (n,), int64.
    true_labels : Tensor
        Published labels, shape (n,), int64.
    permuted : Tensor
        Whether an example was chosen for label corruption, shape (n,), bool.
    weights : Tensor, optional
        Factor of each example's loss in training, shape (n,); None for 1 throughout.
    """

    images: Tensor
    labels: Tensor
    true_labels: Tensor
    permuted: Tensor
    weights: Tensor | None = None

    @classmethod
    def on(
        cls,
        device: torch.device,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64],
        true_labels: npt.NDArray[np.int64] | None = None,
        permuted: npt.NDArray[np.bool_] | None = None,
        weights: npt.NDArray[np.floating] | None = None,
    ) -> "Examples":
        """Move arrays to a device; without `true_labels` and `permuted`, all labels are as published."""
        true_labels = labels if true_labels is None else true_labels
        permuted = np.zeros(len(labels), dtype=bool) if permuted is None else permuted
        images, labels, true_labels, permuted = map(np.ascontiguousarray, (images, labels, true_labels, permuted))
        return cls(
            torch.from_numpy(images).to(device),
            torch.from_numpy(labels).to(device),
            torch.from_numpy(true_labels).to(device),
            torch.from_numpy(permuted).to(device),
            None if weights is None else torch.tensor(weights, device=device),
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def device(self) -> torch.device:
        """Where the images are."""
        return self.images.device
