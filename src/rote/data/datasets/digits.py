"""scikit-learn's digits (Alpaydin & Kaynak 1998): handwritten digits, 8×8 grey, part of the package."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from rote.data.dataset import BaseDataSet, Contents, Source, Split
from rote.seeds import Seeds

TEST_PER_CLASS = 36  # a fifth of 1,797 images


@dataclass(frozen=True)
class DataSet(BaseDataSet):
    """1,437 training and 360 test images of 10 classes; the test set holds 36 of each."""

    licence = "CC BY 4.0, UCI Machine Learning Repository: E. Alpaydin and C. Kaynak (1998)"

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """Nothing to fetch."""
        return ()

    @contextmanager
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> Iterator[Contents]:
        """Grey levels 0 to 16 scaled to 0 to 255, cut at random within each class by the study's seed."""
        published = load_digits()
        images = np.rint(published.images[..., None] * (255 / 16)).astype(np.uint8)
        labels = published.target.astype(np.int64)
        order = seeds.generator("train and test split").permutation(len(labels))
        test = np.sort(np.concatenate([order[labels[order] == digit][:TEST_PER_CLASS] for digit in range(10)]))
        train = np.setdiff1d(order, test)
        pixels = images[train] / 255
        yield Contents(
            (8, 8, 1),
            tuple("0123456789"),
            (float(pixels.mean()),),
            (float(pixels.std()),),
            Split(labels[train], images[train].__getitem__),
            Split(labels[test], images[test].__getitem__),
        )
