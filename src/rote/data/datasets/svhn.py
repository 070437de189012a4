"""SVHN (Netzer et al. 2011): house numbers cropped to single digits, 32×32 colour, without the extra images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torchvision

from rote.data.dataset import Source
from rote.data.torchvision_sets import Arrays, TorchvisionSet


@dataclass(frozen=True)
class DataSet(TorchvisionSet):
    """73,257 training and 26,032 test images of 10 classes."""

    licence = "for non-commercial use only"
    reader = torchvision.datasets.SVHN
    mean = (0.4377, 0.4438, 0.4728)  # of all training pixels, per channel
    std = (0.1980, 0.2010, 0.1970)

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """Two MATLAB files with torchvision's checksums."""
        published = (self.reader.split_list[split] for split in ("train", "test"))
        return (tuple(Source(file, md5, (url,)) for url, file, md5 in published),)

    def split(self, root: Path, train: bool) -> Arrays:
        """As in `TorchvisionSet.split`."""
        read = self.reader(root, split="train" if train else "test")
        return read.data.transpose(0, 2, 3, 1), np.asarray(read.labels, dtype=np.int64)

    def classes(self, root: Path) -> tuple[str, ...]:
        """The digits."""
        return tuple("0123456789")
