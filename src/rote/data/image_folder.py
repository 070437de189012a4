"""Images that lie as single JPEG or PNG files in a folder or a zip archive."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rote.data.archives import Tree
from rote.data.dataset import Split
from rote.data.picture import decode
from rote.errors import DataError
from rote.outside import reading

Member = tuple[str, str]
"""Path of an image within its tree, and its class."""
REMEDY = "Unpack or copy the published archive again."


def located(tree: Tree, members: Sequence[Member]) -> list[Member]:
    """Images of a list where they lie.

    Copies move images to other folders and write ``.JPG`` for ``.jpg``. An image that is not where the list has it is
    the one file of its name, in small letters, that is anywhere in the tree.

    Parameters
    ----------
    tree : Tree
    members : sequence of (path, class)
        As listed.

    Returns
    -------
    list of (path, class)
        In the same order; a path that leads to no file, or might mean several, is as listed.
    """
    names = set(tree.names)
    by_name: dict[str, list[str]] = {}
    for name in tree.names:
        by_name.setdefault(_file_name(name), []).append(name)

    def found(listed: str) -> str:
        candidates = [listed] if listed in names else by_name.get(_file_name(listed), [])
        return candidates[0] if len(candidates) == 1 else listed

    return [(found(listed), label) for listed, label in members]


def _file_name(path: str) -> str:
    return path.rpartition("/")[2].lower()


def require(tree: Tree, members: Sequence[Member], classes: Sequence[str], per_class: int) -> None:
    """Make sure that every image named is there, and as many of each class as published.

    Parameters
    ----------
    tree : Tree
    members : sequence of (path, class)
    classes : sequence of str
    per_class : int
        Published number of images of each class.

    Raises
    ------
    DataError
        If not, or if one is named twice; the message names the first such image or class.
    """
    missing = {name for name, _ in members}.difference(tree.names)
    if missing:
        raise DataError(f"{tree.path} lacks {min(missing)} ({len(missing)} images are missing). {REMEDY}")
    twice = [name for name, times in Counter(name for name, _ in members).items() if times > 1]
    if twice:
        raise DataError(f"{tree.path} lists {min(twice)} more than once. {REMEDY}")
    counts = Counter(label for _, label in members)
    for label in sorted({*classes, *counts}):
        expected = per_class if label in classes else 0
        if counts[label] != expected:
            raise DataError(
                f"{tree.path} holds {counts[label]} images of class {label!r} where {expected} are published. {REMEDY}"
            )


def split(
    tree: Tree, members: Sequence[Member], classes: Sequence[str], shape: tuple[int, int, int], resize: bool = False
) -> Split:
    """Images as one split, decoded only when they are asked for.

    Parameters
    ----------
    tree : Tree
        Open for as long as the split is read.
    members : sequence of (path, class)
    classes : sequence of str
        A label is an index into them.
    shape : tuple of int
        Height, width and channels (H, W, C), as in `rote.data.picture.decode`.
    resize : bool
        Whether an image of another size is resized (Lanczos) or an error.

    Returns
    -------
    Split
        Its images (B, H, W, C) raise DataError if one cannot be decoded.
    """
    index = {label: number for number, label in enumerate(classes)}
    labels = np.array([index[label] for _, label in members], dtype=np.int64)

    def images(rows: slice) -> npt.NDArray[np.uint8]:
        return np.stack([_decoded(tree, name, shape, resize) for name, _ in members[rows]])

    return Split(labels, images)


def _decoded(tree: Tree, name: str, shape: tuple[int, int, int], resize: bool) -> npt.NDArray[np.uint8]:
    content = tree.read(name)
    with reading(f"{name} in {tree.path}", "an image", REMEDY):
        return decode(content, shape, resize)
