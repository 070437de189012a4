"""Data sets that torchvision's own classes read."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rote.data.archives import unpack
from rote.data.dataset import BaseDataSet, Contents, Source, Split
from rote.outside import reading
from rote.seeds import Seeds

REMEDY = "Replace them with copies from the publisher, then run again."
Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


class TorchvisionSet(BaseDataSet):
    """A data set whose files, checksums and reader are torchvision's."""

    reader: ClassVar[Any]
    """Class of `torchvision.datasets`."""
    mean: ClassVar[tuple[float, ...]]
    std: ClassVar[tuple[float, ...]]

    @contextmanager
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> Iterator[Contents]:
        """Read both splits into memory; see `BaseDataSet.contents`."""
        for file, path in files.items():
            unpack(path, (scratch / file).parent)
        source = ", ".join(map(str, files.values()))
        with reading(source, f"the files of {self.reader.__name__}", REMEDY):
            (images, labels), (test_images, test_labels) = self.split(scratch, True), self.split(scratch, False)
            classes = self.classes(scratch)
            for arrays in ((images, labels), (test_images, test_labels)):
                _require_form(*arrays, images.shape[1:], len(classes))
        height, width, channels = images.shape[1:]
        train, test = Split(labels, images.__getitem__), Split(test_labels, test_images.__getitem__)
        yield Contents((height, width, channels), classes, self.mean, self.std, train, test)

    @abstractmethod
    def split(self, root: Path, train: bool) -> Arrays:
        """Images uint8 (N, H, W, C) and labels int64 (N,) of one split below torchvision's `root`."""

    @abstractmethod
    def classes(self, root: Path) -> tuple[str, ...]:
        """Class names."""


class IdxSet(TorchvisionSet):
    """A data set in the form of MNIST: four gzipped IDX files."""

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """Four files with torchvision's checksums."""
        folder = f"{self.reader.__name__}/raw"
        return (
            tuple(
                Source(f"{folder}/{file}", md5, tuple(f"{mirror}{file}" for mirror in self.reader.mirrors))
                for file, md5 in self.reader.resources
            ),
        )

    def split(self, root: Path, train: bool) -> Arrays:
        """As in `TorchvisionSet.split`."""
        read = self.reader(root, train=train)
        return read.data.numpy()[..., None], read.targets.numpy()

    def classes(self, root: Path) -> tuple[str, ...]:
        """Class names, which torchvision holds."""
        return tuple(self.reader.classes)


class CifarSet(TorchvisionSet):
    """A data set in the form of CIFAR: pickled batches in a tar archive, or unpacked beside it.

    torchvision opens a pickle only after its checksum matched.
    """

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """The batches with torchvision's checksums, or the archive of them."""
        meta = (self.reader.meta["filename"], self.reader.meta["md5"])
        batches = [*self.reader.train_list, *self.reader.test_list, meta]
        unpacked = tuple(Source(f"{self.reader.base_folder}/{file}", md5) for file, md5 in batches)
        return unpacked, (Source(self.reader.filename, self.reader.tgz_md5, (self.reader.url,)),)

    def split(self, root: Path, train: bool) -> Arrays:
        """As in `TorchvisionSet.split`."""
        read = self.reader(root, train=train)
        return read.data, np.array(read.targets, dtype=np.int64)

    def classes(self, root: Path) -> tuple[str, ...]:
        """Class names, which the archive holds."""
        return tuple(self.reader(root, train=False).classes)


def _require_form(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], shape: tuple[int, ...], n_classes: int
) -> None:
    """Raise ValueError unless there is a label for each image, of a class, and all images have the same shape."""
    fit = len(shape) == 3 and images.shape == (*labels.shape, *shape) and images.dtype == np.uint8
    if not fit or not images.size:
        raise ValueError(f"images {images.dtype} {images.shape} and labels {labels.shape} are of another form")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels go from {labels.min()} to {labels.max()}, but there are {n_classes} classes")
