"""Tiny ImageNet (Stanford CS231n 2015): 200 classes of ImageNet, 64×64 colour.

The published validation images are the test split here, since those called test have no labels.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rote.data import image_folder, text
from rote.data.archives import Tree, tree
from rote.data.dataset import BaseDataSet, Contents, Source
from rote.errors import ConfigError, DataError
from rote.outside import reading
from rote.seeds import Seeds

NAME = "tiny-imagenet-200"
PUBLISHED_SIZE = 64


@dataclass(frozen=True)
class DataSet(BaseDataSet):
    """100,000 training and 10,000 test images of 200 classes, sorted by WordNet identifier."""

    size: int = 64
    """Height and width; smaller than the published 64 px, images are resampled (Lanczos)."""

    licence = "ImageNet's terms of access: for non-commercial research and education"
    n_classes: ClassVar[int] = 200
    train_per_class: ClassVar[int] = 500
    test_per_class: ClassVar[int] = 50
    url: ClassVar[str] = f"http://cs231n.stanford.edu/{NAME}.zip"
    md5: ClassVar[str] = "90528d7ca1a48142e341f4ef8d21d0de"  # as in Avalanche and other public code; 248,100,043 bytes

    def __post_init__(self) -> None:
        """Refuse a size that the images cannot be brought to by resampling."""
        if not 1 <= self.size <= PUBLISHED_SIZE:
            raise ConfigError(f"data set 'tiny_imagenet': size must be from 1 to {PUBLISHED_SIZE}, not {self.size}.")

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """The folder or the zip archive."""
        return (Source(NAME),), (Source(f"{NAME}.zip", self.md5, (self.url,)),)

    def check(self, files: Mapping[str, Path]) -> None:
        """Every class and image must be there; see `BaseDataSet.check`."""
        (path,) = files.values()
        with tree(path) as found:
            self._members(found)

    @contextmanager
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> Iterator[Contents]:
        """Images are read from the folder or the archive block by block; see `BaseDataSet.contents`."""
        (path,) = files.values()
        with tree(path) as found:
            opened, classes, train, test = self._members(found)
            resampled = self.size != PUBLISHED_SIZE
            words = {wnid: name for wnid, name, *_ in _fields(opened, "words.txt", 2, "\t")}
            shape = (self.size, self.size, 3)
            yield Contents(
                shape,
                tuple(words.get(label, label) for label in classes),
                (0.4802, 0.4481, 0.3975),  # of all training pixels, per channel
                (0.2770, 0.2691, 0.2821),
                image_folder.split(opened, train, classes, shape, resize=resampled),
                image_folder.split(opened, test, classes, shape, resize=resampled),
            )

    def _members(self, found: Tree) -> tuple[Tree, list[str], list[image_folder.Member], list[image_folder.Member]]:
        """The tree below the published folder, the classes, the training and the test images."""
        opened = found.below("wnids.txt")
        if opened is None or not {"words.txt", "val/val_annotations.txt"} <= set(opened.names):
            raise DataError(
                f"{found.path} is not Tiny ImageNet as published: it lacks wnids.txt, words.txt or "
                "val/val_annotations.txt. Unpack or copy the published archive again."
            )
        classes = sorted({wnid for wnid, *_ in _fields(opened, "wnids.txt", 1)})
        if len(classes) != self.n_classes:
            raise DataError(
                f"wnids.txt in {found.path} names {len(classes)} classes, not {self.n_classes}. {image_folder.REMEDY}"
            )
        train = [(name, name.split("/")[1]) for name in opened.names if _is_training_image(name)]
        annotations = _fields(opened, "val/val_annotations.txt", 2)
        test = image_folder.located(opened, [(f"val/images/{name}", label) for name, label, *_ in annotations])
        image_folder.require(opened, train, classes, self.train_per_class)
        image_folder.require(opened, test, classes, self.test_per_class)
        return opened, classes, train, test


def _fields(opened: Tree, name: str, at_least: int, separator: str | None = None) -> list[list[str]]:
    """The fields of each line of a text file, split at a separator or at white space."""
    content = opened.read(name)
    with reading(f"{name} in {opened.path}", "a list", image_folder.REMEDY):
        rows = [(number, line.split(separator)) for number, line in text.lines(content)]
        for number, row in rows:
            if len(row) < at_least:
                raise ValueError(f"line {number} has {len(row)} fields, not {at_least}")
        return [row for _, row in rows]


def _is_training_image(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 4 and parts[0] == "train" and parts[2] == "images" and name.endswith(".JPEG")
