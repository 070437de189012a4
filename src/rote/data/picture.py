"""One JPEG or PNG file as 8-bit colour."""

from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

LARGEST = 100_000_000  # pixels; a small file can claim any number
FORMATS = ("JPEG", "PNG")


def decode(content: bytes, side: int, resize: bool) -> Image.Image:
    """Decode an image; call it within `rote.outside.reading`.

    Parameters
    ----------
    content : bytes
        JPEG or PNG, colour, grey, palette or CMYK; 16 bits are scaled to 8.
    side : int
        Height and width.
    resize : bool
        Whether an image of another size is resized (Lanczos) or an error.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, `side` × `side` pixels.

    Raises
    ------
    ValueError
        If it is neither, of another size, larger than LARGEST, or has transparent pixels, whose colour depends on
        what lies behind them. A damaged image raises whatever Pillow raises.
    """
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ValueError("it is neither JPEG nor PNG, or cut short") from error
    with image:
        found = f"it has {image.width}×{image.height} pixels"
        if image.width * image.height > LARGEST:
            raise ValueError(f"{found}, more than {LARGEST}")
        if image.size != (side, side) and not resize:
            raise ValueError(f"{found}, not {side}×{side}")
        colour = _opaque(image)
    return colour if colour.size == (side, side) else colour.resize((side, side), Image.Resampling.LANCZOS)


def _opaque(image: Image.Image) -> Image.Image:
    deep = image.mode.startswith("I")  # grey of 16 bits, which Pillow's own conversion clips at 255
    transparent = image.has_transparency_data and (deep or image.convert("RGBA").getchannel("A").getextrema()[0] != 255)
    if transparent:
        raise ValueError("it has transparent pixels: lay it over a background of your choice")
    if deep:
        grey = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")
