"""Spherical manifolds (Stephenson et al. 2021, appendix A.5), drawn from the study's seed.

The classes come in pairs whose centres lie at +1 and −1 on an axis of their own. A class's points are uniform on a
sphere of radius r around its centre, in a d-dimensional subspace that holds the pair's axis and d − 1 random
directions. Along that axis alone the two classes of a pair differ in mean; beyond r = 1 they overlap.

The paper gives neither the number of classes nor of points. The defaults follow from its remark that 5.2 million
parameters are over a hundred times the training points, and from its other data sets: 100 classes of 500.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rote.data.dataset import BaseDataSet, Contents, Source, Split
from rote.errors import ConfigError
from rote.seeds import Seeds

ZERO = 128
"""Pixel that stands for the value 0."""
LEVELS = 127
"""Steps from 0 to the largest value."""


@dataclass(frozen=True)
class DataSet(BaseDataSet):
    """Points in D dimensions as images of √D × √D grey pixels.

    A value v is stored as the pixel 128 + round(127 v / (1 + r)), so it is off by at most (1 + r) / 254, and
    normalisation with the recorded mean and std gives it back. No value is clipped. With the defaults the rounding
    adds noise of deviation 0.014 to coordinates of deviation 0.16, and 0.4 % to the distances from the centre.
    """

    radius: float = 5.0
    dimension: int = 30
    ambient_dimension: int = 1024
    classes: int = 100
    train_per_class: int = 500
    test_per_class: int = 100

    licence = "none: drawn by rote"

    def __post_init__(self) -> None:
        """Refuse options that describe no such data."""
        side = isqrt(max(self.ambient_dimension, 0))
        conditions = {
            "radius must be positive": 0 < self.radius < float("inf"),
            "ambient_dimension must be the square of an image's side": 0 < side**2 == self.ambient_dimension,
            "dimension must be from 2 to ambient_dimension": 2 <= self.dimension <= self.ambient_dimension,
            "classes must be even and at most twice ambient_dimension": 0 < self.classes <= 2 * self.ambient_dimension
            and self.classes % 2 == 0,
            "train_per_class and test_per_class must be positive": min(self.train_per_class, self.test_per_class) > 0,
        }
        for condition, holds in conditions.items():
            if not holds:
                raise ConfigError(f"data set 'spheres': {condition}, but the options are {self}.")

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """Nothing to fetch."""
        return ()

    @contextmanager
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> Iterator[Contents]:
        """Draw both splits; each class has its own seed, so that more classes leave the others as they are."""
        side = isqrt(self.ambient_dimension)
        yield Contents(
            (side, side, 1),
            tuple(f"sphere {number}" for number in range(self.classes)),
            (ZERO / 255,),
            (LEVELS / 255 / (1 + self.radius),),
            self._split("train", self.train_per_class, seeds),
            self._split("test", self.test_per_class, seeds),
        )

    def _split(self, name: str, per_class: int, seeds: Seeds) -> Split:
        """Points of all classes in turn, so that any stretch of examples is balanced."""
        side = isqrt(self.ambient_dimension)
        images = np.empty((per_class, self.classes, side, side, 1), dtype=np.uint8)
        for number in range(self.classes):
            points = self.points(number, name, per_class, seeds)
            pixels = ZERO + np.rint(points * (LEVELS / (1 + self.radius)))
            images[:, number] = pixels.astype(np.uint8).reshape(-1, side, side, 1)
        labels = np.tile(np.arange(self.classes, dtype=np.int64), per_class)
        return Split(labels, images.reshape(-1, side, side, 1).__getitem__)

    def points(self, number: int, split: str, n: int, seeds: Seeds) -> npt.NDArray[np.float64]:
        """Points of one class before they are stored as pixels.

        Parameters
        ----------
        number : int
            The class.
        split : str
            ``"train"`` or ``"test"``.
        n : int
            How many.
        seeds : Seeds

        Returns
        -------
        ndarray of float64, shape (n, ambient_dimension)
        """
        axis = np.zeros((self.ambient_dimension, 1))
        axis[number // 2] = 1
        centre = axis[:, 0] * (1 if number % 2 == 0 else -1)
        directions = seeds.generator("directions of a sphere", number)
        others = directions.standard_normal((self.ambient_dimension, self.dimension - 1))
        basis, _ = np.linalg.qr(np.hstack([axis, others]))
        normal = seeds.generator(f"{split} points of a sphere", number)
        unit = normal.standard_normal((n, self.dimension))
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        points: npt.NDArray[np.float64] = centre + self.radius * unit @ basis.T
        return points
