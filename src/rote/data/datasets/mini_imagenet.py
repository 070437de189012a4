"""Mini-ImageNet (Vinyals et al. 2016; split of Ravi & Larochelle 2017): 100 classes of ImageNet, 84×84 colour.

The three published splits hold disjoint classes, for few-shot learning. As in Jamroz & Kurdziel they are pooled and
cut at random.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from rote.data import image_folder, text
from rote.data.archives import Tree, tree
from rote.data.dataset import BaseDataSet, Contents, Source
from rote.errors import DataError
from rote.outside import reading
from rote.seeds import Seeds

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class DataSet(BaseDataSet):
    """50,000 training and 10,000 test images of 100 classes, sorted by WordNet identifier.

    Two layouts are read: folders ``train``, ``val`` and ``test`` with a folder per class, and a folder ``images``
    beside ``train.csv``, ``val.csv`` and ``test.csv`` (columns ``filename`` and ``label``); listed images may lie
    elsewhere, see `rote.data.image_folder.located`. Images of another size are resized to 84×84. No checksum is
    published.
    """

    split_seed: int = 0
    """Number of the cut; each is another draw from the study's seed."""

    licence = "ImageNet's terms of access: for non-commercial research and education"
    n_classes: ClassVar[int] = 100
    per_class: ClassVar[int] = 600

    @property
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """The folder or a zip archive of it."""
        return (Source("mini-imagenet"),), (Source("mini-imagenet.zip"),)

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
            opened, classes, members = self._members(found)
            order = seeds.generator("train and test split", self.split_seed).permutation(len(members))
            cut = len(members) * 5 // 6
            train, test = ([members[i] for i in np.sort(part)] for part in (order[:cut], order[cut:]))
            yield Contents(
                (84, 84, 3),
                tuple(classes),
                (0.473, 0.449, 0.403),  # as in Jamroz & Kurdziel's code
                (0.277, 0.269, 0.282),
                image_folder.split(opened, train, classes, (84, 84, 3), resize=True),
                image_folder.split(opened, test, classes, (84, 84, 3), resize=True),
            )

    def _members(self, found: Tree) -> tuple[Tree, list[str], list[image_folder.Member]]:
        """The tree in its layout, the classes, and the pooled images ordered by class and file name."""
        if opened := found.below("train.csv"):
            members = _listed(opened)
        elif opened := found.below("train"):
            parts = [(name, name.split("/")) for name in opened.names]
            members = [(name, part[1]) for name, part in parts if len(part) == 3 and part[0] in SPLITS]
        else:
            raise DataError(
                f"{found.path} is not Mini-ImageNet as published: it holds neither train.csv nor a folder 'train'. "
                "Unpack or copy the published archive again."
            )
        members.sort(key=lambda member: (member[1], member[0].rpartition("/")[2]))
        classes = sorted({label for _, label in members})
        if len(classes) != self.n_classes:
            raise DataError(
                f"{found.path} holds {len(classes)} classes, not {self.n_classes}: one of {', '.join(SPLITS)} is "
                "incomplete. Unpack or copy the published archive again."
            )
        image_folder.require(opened, members, classes, self.per_class)
        return opened, classes, members


def _listed(opened: Tree) -> list[image_folder.Member]:
    members = []
    for split in SPLITS:
        if f"{split}.csv" not in opened.names:
            raise DataError(f"{opened.path} lacks {split}.csv. Unpack or copy the published archive again.")
        content = opened.read(f"{split}.csv")
        with reading(f"{split}.csv in {opened.path}", "a list of images", image_folder.REMEDY):
            rows = text.rows(content, ("filename", "label"))
            if not rows:
                raise ValueError("it lists no images")
            for line, values in rows:
                if not all(values):
                    raise ValueError(f"line {line} lacks a file name or a label")
        members += [(f"images/{name}", label) for _, (name, label) in rows]
    return image_folder.located(opened, members)
