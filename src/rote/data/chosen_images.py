"""Images of a few examples, without the memory that those of all take."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from rote.data.images import read_header
from rote.errors import DataError
from rote.tables.data import images
from rote.tables.frames import gather


def load_chosen(path: str | Path, examples: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
    """Read the images of some examples.

    Parameters
    ----------
    path : str or Path
        A table of images that `rote.data.convert` wrote.
    examples : iterable of int
        Their numbers, in any order and more than once.

    Returns
    -------
    dict of int to ndarray
        Image of each example, uint8 (H, W, C).

    Raises
    ------
    TableError, DataError
        See `rote.data.images.read_header`; also if there is no such example.
    """
    shape, wanted = read_header(path).shape, sorted({int(example) for example in examples})
    found = gather(path, images(shape), columns=["example", "image"], where=pc.field("example").isin(wanted))
    pixels = zip(found["example"].tolist(), found["image"], strict=True)
    loaded = {example: np.frombuffer(image, np.uint8).reshape(shape) for example, image in pixels}
    if absent := [str(example) for example in wanted if example not in loaded]:
        raise DataError(f"{path} has no example {', '.join(absent)}: ask for examples of this split.")
    return loaded
