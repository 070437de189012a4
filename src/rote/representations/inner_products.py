"""Inner products of manifolds at one tap, which come one by one: all that their geometry depends on."""

import torch
from torch import Tensor

from rote.errors import DataError


class InnerProducts:
    """Inner products within manifolds and of their centres, all about the mean of all images.

    The manifolds are gone through twice, first for their centres (`center`), then for the products of their images with
    one another and with all centres (`multiply`): Stephenson et al. (2021), A.1, needs no more, whatever the number of
    features. All sums are in float64, after the means were taken off; values are in units of the largest entry.

    Parameters
    ----------
    n_manifolds : int
        P. What is kept is allocated once: kept pieces between blocks that come and go would tear the memory apart.
    """

    def __init__(self, n_manifolds: int) -> None:
        self._n_manifolds = n_manifolds
        self._n_centered = self._n_multiplied = 0
        self._largest = 0.0
        self._scale = 1.0
        self._means = self._centers = self._within = self._crossed = torch.empty(0)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self._means.shape[1]

    def center(self, features: Tensor) -> None:
        """Take a manifold's images for its centre.

        Parameters
        ----------
        features : Tensor
            Shape (m, n_features), of any floating dtype and on any device; m is that of all manifolds.

        Raises
        ------
        DataError
            If a value is not finite.
        """
        largest = float(features.abs().max())
        if not largest < float("inf"):
            raise DataError("a representation holds a NaN or an infinity. Look for a network that diverged.")
        if self._n_centered == 0:
            self._means = features.new_empty((self._n_manifolds, features.shape[1]), dtype=torch.float64)
        self._largest = max(self._largest, largest)
        torch.mean(features, 0, dtype=torch.float64, out=self._means[self._n_centered])
        self._n_centered += 1

    def multiply(self, features: Tensor) -> None:
        """Take a manifold's images for their products, once the centres of all are known; in the same order.

        Parameters
        ----------
        features : Tensor
            As in `center`.
        """
        number, m = self._n_multiplied, len(features)
        if number == 0:
            self._scale = 1 / self._largest if self._largest > 0 else 1.0
            self._means *= self._scale
            self._centers = self._means - self._means.mean(0)
            self._within = torch.empty((self._n_manifolds, m, m), dtype=torch.float64)
            self._crossed = torch.empty((self._n_manifolds, self._n_manifolds, m), dtype=torch.float64)
        points = (features.double() * self._scale).sub_(self._means[number])
        self._within[number] = points @ points.T
        self._crossed[number] = self._centers @ points.T
        self._n_multiplied += 1

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
        return self._within, self._crossed, (self._centers @ self._centers.T).cpu()
