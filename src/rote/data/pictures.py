"""JPEG and PNG files of one's own as examples: one shape for all, each decoded when it is asked for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rote.data.archives import Tree
from rote.data.own import Examples, Places
from rote.data.picture import decode, form
from rote.outside import reading

REMEDY = "Replace it, or take it away."
Named = tuple[Tree, Sequence[str]]
"""Files by their names in a tree."""


def common_shape(pictures: Sequence[Named], size: tuple[int, ...] | None) -> tuple[int, int, int]:
    """The shape to which all pictures can be brought.

    Parameters
    ----------
    pictures : sequence of (Tree, sequence of str)
    size : tuple of int or None
        Height and width that are wanted; None to take those that all have.

    Returns
    -------
    tuple of int
        Height, width, channels (H, W, C): grey (C = 1) if all are grey, else colour (C = 3).

    Raises
    ------
    DataError
        If a file is no picture.
    ValueError
        If there are none, or they differ in size and none is stated.
    """
    forms = {(tree.path, name): _form(tree, name) for tree, names in pictures for name in names}
    if not forms:
        raise ValueError("it has no images")
    channels = max(channels for *_, channels in forms.values())
    (_, first), (height, width, _) = next(iter(forms.items()))
    for (_, name), (other_height, other_width, _) in forms.items() if size is None else ():
        if (other_height, other_width) != (height, width):
            raise ValueError(
                f"{first} has {width}×{height} pixels and {name} {other_width}×{other_height}: state a size, to which "
                "all are resampled"
            )
    height, width = size or (height, width)
    return height, width, channels


def examples(pictures: Named, labels: npt.NDArray[np.int64], shape: tuple[int, int, int], resize: bool) -> Examples:
    """Pictures with labels (N,), brought to a shape; see `rote.data.picture.decode`.

    Raises
    ------
    DataError
        When an image is asked for that cannot be decoded.
    """
    tree, names = pictures

    def images(places: Places) -> npt.NDArray[np.uint8]:
        return np.stack([_decoded(tree, names[place], shape, resize) for place in places])

    return Examples(labels, images)


def _form(tree: Tree, name: str) -> tuple[int, int, int]:
    content = tree.read(name)
    with reading(f"{name} in {tree.path}", "an image", REMEDY):
        return form(content)


def _decoded(tree: Tree, name: str, shape: tuple[int, int, int], resize: bool) -> npt.NDArray[np.uint8]:
    content = tree.read(name)
    with reading(f"{name} in {tree.path}", "an image", REMEDY):
        return decode(content, shape, resize)
