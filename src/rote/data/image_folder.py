"""Images that lie as single JPEG or PNG files in a folder or a zip archive."""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from rote.data.archives import DAMAGED, Tree
from rote.data.dataset import Split
from rote.errors import DataError

Member = tuple[str, str]
"""Path of an image within its tree, and its class."""


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
        If not; the message names the first missing image or class.
    """
    remedy = "Unpack or copy the published archive again."
    missing = {name for name, _ in members}.difference(tree.names)
    if missing:
        raise DataError(f"{tree.path} lacks {min(missing)} ({len(missing)} images are missing). {remedy}")
    counts = Counter(label for _, label in members)
    for label in sorted({*classes, *counts}):
        expected = per_class if label in classes else 0
        if counts[label] != expected:
            raise DataError(
                f"{tree.path} holds {counts[label]} images of class {label!r} where {expected} are published. {remedy}"
            )


def split(tree: Tree, members: Sequence[Member], classes: Sequence[str], side: int, resize: bool = False) -> Split:
    """Images as one split, decoded only when they are asked for.

    Parameters
    ----------
    tree : Tree
        Open for as long as the split is read.
    members : sequence of (path, class)
    classes : sequence of str
        A label is an index into them.
    side : int
        Height and width.
    resize : bool
        Whether an image of another size is resized (Lanczos) or an error.

    Returns
    -------
    Split
        Its images (B, side, side, 3) raise DataError if one is damaged or of another size.
    """
    index = {label: number for number, label in enumerate(classes)}
    labels = np.array([index[label] for _, label in members], dtype=np.int64)

    def images(rows: slice) -> npt.NDArray[np.uint8]:
        return np.stack([_decoded(tree, name, side, resize) for name, _ in members[rows]])

    return Split(labels, images)


def _decoded(tree: Tree, name: str, side: int, resize: bool) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(BytesIO(tree.read(name))) as image:
            pixels = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, *DAMAGED) as error:
        raise DataError(
            f"{name} in {tree.path} is not a whole image ({error}). Unpack or copy the published archive again."
        ) from error
    if pixels.size != (side, side):
        if not resize:
            raise DataError(
                f"{name} in {tree.path} has {pixels.width}×{pixels.height} pixels, not {side}×{side}. "
                "Unpack or copy the published archive again."
            )
        pixels = pixels.resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(pixels)
