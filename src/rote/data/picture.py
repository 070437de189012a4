"""One JPEG or PNG file as 8-bit pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

LARGEST = 100_000_000  # pixels; a small file can claim any number
FORMATS = ("JPEG", "PNG")
MODES = {1: "L", 3: "RGB"}


def form(content: bytes) -> tuple[int, int, int]:
    """Height, width and channels (1 for grey, 3 for colour) that a file's header states.

    Call it within `rote.outside.reading`.

    Raises
    ------
    ValueError
        As `decode`, as far as the header tells.
    """
    with _opened(content) as image:
        return image.height, image.width, 1 if _deep(image) or image.mode in ("1", "L", "LA") else 3


def decode(content: bytes, shape: tuple[int, int, int], resize: bool) -> npt.NDArray[np.uint8]:
    """Decode an image; call it within `rote.outside.reading`.

    Parameters
    ----------
    content : bytes
        JPEG or PNG, colour, grey, palette or CMYK; 16 bits are scaled to 8.
    shape : tuple of int
        Height, width and channels (H, W, C): 1 for grey, 3 for colour. Grey images become colour with three equal
        channels, colour ones grey by their luma.
    resize : bool
        Whether an image of another size is resized (Lanczos) or an error.

    Returns
    -------
    ndarray of uint8, shape (H, W, C)

    Raises
    ------
    ValueError
        If it is neither, of another size, larger than LARGEST, or has transparent pixels, whose colour depends on
        what lies behind them. A damaged image raises whatever Pillow raises.
    """
    height, width, channels = shape
    with _opened(content) as image:
        if image.size != (width, height) and not resize:
            raise ValueError(f"it has {image.width}×{image.height} pixels, not {width}×{height}")
        opaque = _opaque(image, MODES[channels])
    sized = opaque if opaque.size == (width, height) else opaque.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(sized).reshape(shape)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ValueError("it is neither JPEG nor PNG, or cut short") from error
    with image:
        if image.width * image.height > LARGEST:
            raise ValueError(f"it has {image.width}×{image.height} pixels, more than {LARGEST}")
        yield image


def _deep(image: Image.Image) -> bool:
    """Whether it is grey of 16 bits, which Pillow's own conversion clips at 255."""
    return image.mode.startswith("I")


def _opaque(image: Image.Image, mode: str) -> Image.Image:
    transparent = image.has_transparency_data and (
        _deep(image) or image.convert("RGBA").getchannel("A").getextrema()[0] != 255
    )
    if transparent:
        raise ValueError("it has transparent pixels: lay it over a background of your choice")
    if _deep(image):
        grey = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8)).convert(mode)
    return image.convert(mode)
