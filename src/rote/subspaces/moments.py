"""Number, sum and uncentred second moment of each class's examples, in one pass over blocks of them.

The published way doubles each class by its negatives before a principal component analysis (Ketha & Ramaswamy). The
mean is then 0, and the covariance is the uncentred second moment of the examples themselves, so nothing is doubled
here.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rote.errors import DataError

Floats = NDArray[np.float64]
Points = NDArray[np.floating]


class Moments:
    """Examples of one class. Up to as many as there are features are kept; of more, the second moment alone.

    Attributes
    ----------
    n : int
        Number of examples.
    total : ndarray, shape (d,), float64
        Their sum.
    """

    def __init__(self, n_features: int) -> None:
        self.n = 0
        self.total: Floats = np.zeros(n_features)
        self._points: list[Points] = []
        self._second: Floats | None = None

    def add(self, points: Points) -> None:
        """Add examples (m, d), which are copied where they are kept."""
        self.n += len(points)
        self.total += points.sum(axis=0, dtype=np.float64)
        if self._second is None and self.n <= len(self.total):
            self._points.append(points.copy())
            return
        if self._second is None:
            self._second = self.second_moment()
            self._points = []
        exact = points.astype(np.float64, copy=False)
        self._second += exact.T @ exact

    def merge(self, other: "Moments") -> None:
        """Add the examples of another."""
        if other._second is None:
            for points in other._points:
                self.add(points)
            return
        self._second = self.second_moment() + other._second
        self._points = []
        self.n, self.total = self.n + other.n, self.total + other.total

    @property
    def few(self) -> Floats | None:
        """The examples (n, d), if there are no more of them than features; else None."""
        if self._second is not None:
            return None
        kept = [points.astype(np.float64, copy=False) for points in self._points]
        return np.concatenate(kept) if kept else np.zeros((0, len(self.total)))

    def second_moment(self) -> Floats:
        """Sum of x xᵀ over the examples, shape (d, d)."""
        if self._second is not None:
            return self._second.copy()
        points = self.few
        assert points is not None  # there is no second moment
        return points.T @ points


class ClassMoments:
    """Moments of each class, to which examples are added block by block.

    Parameters
    ----------
    n_classes : int
        K; labels are 0 to K − 1.
    n_features : int
        d.

    Notes
    -----
    Memory is at most K d² numbers, however many examples there are, and K n d for the n < d of a class.
    """

    def __init__(self, n_classes: int, n_features: int) -> None:
        self.n_features = n_features
        self._classes = [Moments(n_features) for _ in range(n_classes)]

    def __len__(self) -> int:
        return len(self._classes)

    def __getitem__(self, label: int) -> Moments:
        return self._classes[label]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of examples of each class, shape (K,)."""
        return np.array([one.n for one in self._classes], dtype=np.int64)

    def add(self, points: Points, labels: NDArray[np.integer]) -> Self:
        """Add a block of examples.

        Parameters
        ----------
        points : ndarray, shape (m, d), float32 or float64
        labels : ndarray, shape (m,), int
            Classes, 0 to K − 1.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If shapes do not fit, a label is no class, or a value is not finite.
        """
        if points.ndim != 2 or points.shape[1] != self.n_features or labels.shape != (len(points),):
            raise DataError(
                f"examples of shape {points.shape} with labels of shape {labels.shape} were given where each has "
                f"{self.n_features} features and one label."
            )
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(self):
            raise DataError(f"labels from {labels.min()} to {labels.max()} were given for {len(self)} classes.")
        if not np.isfinite(points).all():
            raise DataError("an example holds a NaN or an infinity: no angle to it exists. Look at what it is made of.")
        for label in np.unique(labels):
            self._classes[label].add(points[labels == label])
        return self

    @classmethod
    def joined(cls, several: "Iterable[ClassMoments]") -> "ClassMoments":
        """Moments of all examples of several, which stay as they are: of the folds of a cross-fit, for example.

        Raises
        ------
        DataError
            If there are none.
        """
        parts = list(several)
        if not parts:
            raise DataError("no moments were given to join: give those of one part at least.")
        whole = cls(len(parts[0]), parts[0].n_features)
        for part in parts:
            for label, own in enumerate(whole._classes):
                own.merge(part[label])
        return whole
