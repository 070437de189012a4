"""Inner products of manifolds at one tap, which come one by one: all that their geometry depends on."""

import torch
from torch import Tensor

from rote.errors import DataError


class InnerProducts:
    """Inner products within manifolds and of their centres, all about the mean of all images.

    The manifolds are gone through twice, first for their centres (`center`), then for the products of their images with
    one another and with all centres (`multiply`): Stephenson et al. (2021), A.1, needs no more, whatever the number of
    features. All sums are in float64, after the means were taken off; values are in units of the largest entry.
    """

    def __init__(self) -> None:
        self._sums: list[Tensor] = []
        self._counts: list[int] = []
        self._largest = 0.0
        self._scale = 1.0
        self._means = torch.empty(0)
        self._centers = torch.empty(0)
        self._within: list[Tensor] = []
        self._crossed: list[Tensor] = []

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self._sums[0])

    def center(self, features: Tensor) -> None:
        """Take a manifold's images for its centre.

        Parameters
        ----------
        features : Tensor
            Shape (m, n_features), of any floating dtype and on any device.

        Raises
        ------
        DataError
            If a value is not finite.
        """
        largest = float(features.abs().max())
        if not largest < float("inf"):
            raise DataError("a representation holds a NaN or an infinity. Look for a network that diverged.")
        self._largest = max(self._largest, largest)
        self._sums.append(features.sum(0, dtype=torch.float64))
        self._counts.append(len(features))

    def multiply(self, features: Tensor) -> None:
        """Take a manifold's images for their products, once the centres of all are known; in the same order.

        Parameters
        ----------
        features : Tensor
            As in `center`.
        """
        if not self._within:
            self._find_centers()
        points = features.double() * self._scale - self._means[len(self._within)]
        self._within.append((points @ points.T).cpu())
        self._crossed.append((self._centers @ points.T).cpu())

    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """What `rote.representations.manifold_blocks` keeps, float64 on the CPU.

        Returns
        -------
        within : Tensor, shape (P, m, m)
            Of each manifold's images about their centre.
        crossed : Tensor, shape (P, P, m)
            Of all centres with each manifold's images about its own.
        centers : Tensor, shape (P, P)
        """
        return torch.stack(self._within), torch.stack(self._crossed), (self._centers @ self._centers.T).cpu()

    def _find_centers(self) -> None:
        self._scale = 1 / self._largest if self._largest > 0 else 1.0
        sums = torch.stack(self._sums) * self._scale
        self._means = sums / torch.tensor(self._counts, dtype=torch.float64, device=sums.device)[:, None]
        self._centers = self._means - sums.sum(0) / sum(self._counts)
