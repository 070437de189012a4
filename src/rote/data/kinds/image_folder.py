"""A folder of JPEG and PNG files, or a zip archive of it, with a folder for each class.

Either ``train`` and ``test`` hold the folders of the classes, or they lie side by side and are cut.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rote.contents import of_a_system
from rote.data import pictures
from rote.data.archives import Tree, tree
from rote.data.own import REMEDY, Found, OwnDataSet
from rote.outside import reading

SPLITS = ("train", "test")
SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class DataSet(OwnDataSet):
    """Images of any size, grey or colour; without a `size` all must have the same."""

    @contextmanager
    def opened(self, path: Path) -> Iterator[Found]:
        """Headers of all pictures are read at once, pixels when they are asked for; see `OwnDataSet.opened`."""
        with tree(path) as found:
            with reading(path, "a folder of images", REMEDY):
                opened = _without_top(found)
                members = {split: _members(opened, base) for split, base in self._bases(opened).items()}
                classes = self._classes(sorted({name for classes in members.values() for name in classes}))
                files = {
                    split: [(file, number) for number, name in enumerate(classes) for file in of_split.get(name, ())]
                    for split, of_split in members.items()
                }
                named = {split: (opened, [file for file, _ in listed]) for split, listed in files.items()}
                shape = pictures.common_shape(list(named.values()), self.height_and_width)
                labels = {
                    split: np.array([label for _, label in listed], dtype=np.int64) for split, listed in files.items()
                }
            resize = self.size is not None
            yield Found(
                shape,
                classes,
                {split: pictures.examples(named[split], labels[split], shape, resize) for split in files},  # type: ignore[misc]
            )

    def _bases(self, opened: Tree) -> dict[str, str]:
        """The folder of folders of classes of each split."""
        folders = _folders(opened, "")
        if self.test_share is not None:
            if set(folders) == set(SPLITS):
                raise ValueError("it has folders 'train' and 'test': leave test_share out")
            return {"all": ""}
        for split in SPLITS:
            if split not in folders:
                raise ValueError(
                    f"it has no folder {split!r}: state a test_share, such as 0.2, to cut folders of classes, or put "
                    "them into 'train' and 'test'"
                )
        if others := sorted(set(folders) - set(SPLITS)):
            print(f"Warning: {opened.path}: beside train and test, {', '.join(others)} is not used", file=sys.stderr)
        return {split: f"{split}/" for split in SPLITS}

    def _classes(self, folders: list[str]) -> tuple[str, ...]:
        """The classes in the order of their labels."""
        if not folders:
            raise ValueError("it has no folders of classes")
        if self.class_names is None:
            return tuple(folders)
        if differing := sorted(set(self.class_names) ^ set(folders)):
            raise ValueError(
                f"class_names must name its folders of classes, each once, and do not agree on {differing[0]!r}"
            )
        return tuple(self.class_names)


def _without_top(found: Tree) -> Tree:
    """An archive's tree below the one folder in which all of it lies, if folders of classes can lie there."""
    tops = {name.split("/")[0] for name in found.names}
    if found.path.is_dir() or len(tops) != 1 or any(name.count("/") < 2 for name in found.names):
        return found
    top = f"{tops.pop()}/"
    names = tuple(name.removeprefix(top) for name in found.names)
    return Tree(found.path, names, lambda name: found.content(top + name))


def _members(opened: Tree, base: str) -> dict[str, list[str]]:
    """Files of each class whose folder lies in a base folder, those without a file too."""
    members: dict[str, list[str]] = {folder: [] for folder in _folders(opened, base)}
    for name in opened.names:
        inner = name.removeprefix(base)
        if name.startswith(base) and "/" in inner:
            members[inner.split("/")[0]].append(name)
        elif name.startswith(base) and name.lower().endswith(SUFFIXES):
            raise ValueError(f"{name} lies in no folder of a class: move it into one, or take it away")
    return members


def _folders(opened: Tree, base: str) -> list[str]:
    """Names of the folders in a base folder; of an archive only those with a file."""
    inner = (name.removeprefix(base) for name in opened.names if name.startswith(base))
    folders = {name.split("/")[0] for name in inner if "/" in name}
    below = opened.path / base
    if below.is_dir():
        folders |= {path.name for path in below.iterdir() if path.is_dir() and not of_a_system(path.name)}
    return sorted(folders)
