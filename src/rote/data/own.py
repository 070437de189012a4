"""Data of one's own: classes, the cut into training and test images, and normalisation, for every kind of files."""

import sys
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from rote.data.dataset import BaseDataSet, Contents, Source, Split
from rote.errors import ConfigError, DataError
from rote.outside import reading
from rote.seeds import Seeds

MOST_CLASSES = 32_767  # tables hold labels in 16 bits
BLOCK = 16 << 20  # bytes of pixels held at a time
REMEDY = "docs/data.md, 'Data of one's own', says what is read."
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Labelled images, read when they are asked for."""

    labels: npt.NDArray[np.int64]
    """(N,)"""
    images: Callable[[Places], npt.NDArray[np.uint8]]
    """Images (B, H, W, C) of some examples by their number, 0 to N − 1."""

    def split(self, places: Places) -> Split:
        """Some of the examples, as a data set offers them."""
        return Split(self.labels[places], lambda rows: self.images(places[rows]))


@dataclass(frozen=True)
class Found:
    """What files of one's own hold."""

    shape: tuple[int, int, int]
    """Height, width, channels (H, W, C)."""
    classes: tuple[str, ...]
    """Class names; a label is an index into them."""
    examples: Mapping[Literal["train", "test", "all"], Examples]
    """Training and test examples, or all of them where the files do not tell them apart."""


@dataclass(frozen=True)
class OwnDataSet(BaseDataSet):
    """What the kinds share."""

    path: str = ""
    """The file or folder. What it holds, and not where it lies, decides what is converted."""
    size: int | Sequence[int] | None = None
    """Height and width to which pictures are resampled (Lanczos), one number if they are equal; None to keep them."""
    test_share: float | None = None
    """Share of each class that becomes test images, where the files do not tell them apart."""
    split_seed: int = 0
    """Number of that cut; each is another draw from the study's seed."""
    class_names: Sequence[str] | None = None
    """Names of the classes in the order of their labels."""

    licence = "not stated: data of one's own"

    def __post_init__(self) -> None:
        """Refuse options that no data could have."""
        conditions = {
            "size must be one or two positive whole numbers": all(number >= 1 for number in self.height_and_width or ())
            and len(self.height_and_width or (1, 1)) == 2,
            "test_share must be above 0 and below 1": self.test_share is None or 0 < self.test_share < 1,
            "class_names must be two or more different names": self.class_names is None
            or len(set(self.class_names)) == len(self.class_names) >= 2,
        }
        for condition, holds in conditions.items():
            if not holds:
                raise ConfigError(f"data of one's own ({self.path}): {condition}, but the options are {self}.")

    @property
    def height_and_width(self) -> tuple[int, ...] | None:
        """The size as two numbers."""
        if self.size is None:
            return None
        return (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """The one file or folder, wherever `data_root` lies."""
        path = Path(self.path).absolute()
        if not self.path or not path.exists():
            raise DataError(
                f"there is no file or folder {path}: correct the path in the config, or put the data there."
            )
        return ((Source(str(path), by_contents=True),),)

    @abstractmethod
    def opened(self, path: Path) -> AbstractContextManager[Found]:
        """Look through the files.

        Parameters
        ----------
        path : Path

        Returns
        -------
        context manager of Found
            The images can be read while the context is open.

        Raises
        ------
        DataError
            If the files are damaged or of another form.
        """

    @contextmanager
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> Iterator[Contents]:
        """Cut what the files do not tell apart, and normalise by the training pixels; see `BaseDataSet.contents`."""
        (path,) = files.values()
        with self.opened(path) as found:
            with reading(path, "images with classes", REMEDY):
                train, test = self._splits(found, seeds)
                require_classes(train.labels, test.labels, found.classes, path)
                mean, std = moments(train, found.shape)
            yield Contents(found.shape, found.classes, mean, std, train, test)

    def _splits(self, found: Found, seeds: Seeds) -> tuple[Split, Split]:
        together = found.examples.get("all")
        if together is None:
            if self.test_share is not None:
                raise ValueError("it tells training from test images: leave test_share out")
            train, test = found.examples["train"], found.examples["test"]
            return train.split(np.arange(len(train.labels))), test.split(np.arange(len(test.labels)))
        if self.test_share is None:
            raise ValueError("it does not tell training from test images: state a test_share, such as 0.2")
        own = Seeds(seeds.study_seed, "data of one's own")  # whatever the data set is called
        draw = own.generator("train and test split", self.split_seed)
        train_places, test_places = cut(together.labels, self.test_share, draw)
        return together.split(train_places), together.split(test_places)


def cut(labels: npt.NDArray[np.int64], test_share: float, draw: np.random.Generator) -> tuple[Places, Places]:
    """Cut examples at random into training and test examples, class by class.

    Parameters
    ----------
    labels : ndarray of int64, shape (N,)
    test_share : float
        Of a class of n examples round(test_share · n) are test examples, but never all n.
    draw : numpy.random.Generator
        From equal states, a larger share has the test examples of a smaller one and more.

    Returns
    -------
    train, test : ndarray of int64
        Numbers of the examples, ascending.
    """
    order = draw.permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    _, counts = np.unique(labels, return_counts=True)
    members = np.split(by_class, np.cumsum(counts)[:-1])
    test = np.concatenate([places[: min(round(test_share * len(places)), len(places) - 1)] for places in members])
    return np.setdiff1d(order, test), np.sort(test)


def require_classes(
    train: npt.NDArray[np.int64], test: npt.NDArray[np.int64], classes: Sequence[str], path: Path
) -> None:
    """Make sure that a network can learn each class, and say which ones it cannot be tested on.

    Parameters
    ----------
    train, test : ndarray of int64
        Labels.
    classes : sequence of str
    path : Path
        What to call the data in the warning.

    Raises
    ------
    ValueError
        If a label is no class, there are fewer than two classes or too many, there are no test images, or a class has
        no training image.
    """
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(f"it has {len(classes)} classes, where 2 to {MOST_CLASSES} can be told apart")
    for split, labels in (("training", train), ("test", test)):
        if not labels.size:
            raise ValueError(f"it has no {split} images")
        strange = (labels < 0) | (labels >= len(classes))
        if strange.any():
            place = int(np.argmax(strange))
            raise ValueError(
                f"{split} image {place} has the label {labels[place]}, but labels of {len(classes)} classes go from 0 "
                f"to {len(classes) - 1}"
            )
    absent = np.setdiff1d(np.arange(len(classes)), train)
    if absent.size:
        raise ValueError(
            f"class {classes[absent[0]]!r} has no training image ({absent.size} of {len(classes)} classes have none): "
            "add images, or leave the class out"
        )
    untested = [classes[number] for number in np.setdiff1d(np.arange(len(classes)), test)]
    if untested:
        print(
            f"Warning: {path}: {len(untested)} of {len(classes)} classes have no test image: {', '.join(untested)}",
            file=sys.stderr,
        )


def moments(split: Split, shape: tuple[int, int, int]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel, of pixels scaled to [0, 1].

    They follow from counts of the 256 values, so that they depend neither on the order of the images nor on blocks.

    Parameters
    ----------
    split : Split
    shape : tuple of int
        Height, width, channels (H, W, C).

    Returns
    -------
    mean, std : tuple of float
        One for each channel.

    Raises
    ------
    ValueError
        If all pixels of a channel are equal: it cannot be normalised.
    """
    height, width, channels = shape
    rows = max(1, BLOCK // (height * width * channels))
    counts = np.zeros((channels, 256), dtype=np.int64)
    for start in range(0, len(split.labels), rows):
        block = split.images(slice(start, start + rows))
        for channel in range(channels):
            counts[channel] += np.bincount(block[..., channel].ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = (counts * values).sum(axis=1) / counts.sum(axis=1)
    std = np.sqrt((counts * (values - mean[:, None]) ** 2).sum(axis=1) / counts.sum(axis=1))
    if (np.count_nonzero(counts, axis=1) < 2).any():
        raise ValueError("all pixels of a channel are equal, so that it cannot be normalised")
    return tuple(mean.tolist()), tuple(std.tolist())
