"""Image files as 8-bit colour."""

import io

import numpy as np
import pytest
from PIL import Image

from rote.data import picture
from rote.data.picture import decode
from tests.unit.data.data_files import pixels, png

SHAPE = (8, 8, 3)
COLOUR = pixels(*SHAPE)


def decoded(content):
    return decode(content, SHAPE, resize=False)


def test_grey_of_16_bits_is_scaled_to_8():
    deep = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    np.testing.assert_array_equal(decoded(png(deep)), np.rint(deep / 257).astype(np.uint8)[..., None].repeat(3, axis=2))


def _saved(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_a_mode_without_transparency_gives_the_colours_it_shows(mode):
    image = Image.fromarray(COLOUR).convert(mode)
    np.testing.assert_array_equal(decoded(_saved(image)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize(
    "content",
    [
        _saved(Image.new("RGBA", (8, 8), (200, 200, 200, 0))),
        _saved(Image.new("LA", (8, 8), (200, 254))),
        _saved(Image.new("P", (8, 8)), transparency=0),
        _saved(Image.fromarray(np.zeros((8, 8), np.uint16)), transparency=0),
    ],
    ids=["colour", "nearly opaque grey", "palette", "16 bits"],
)
def test_transparent_pixels_have_no_colour_of_their_own(content):
    with pytest.raises(ValueError, match="transparent pixels"):
        decode(content, SHAPE, resize=False)


def test_an_image_that_claims_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(picture, "LARGEST", 63)
    with pytest.raises(ValueError, match="has 8×8 pixels, more than 63"):
        decode(png(COLOUR)[:60], SHAPE, resize=True)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_another_kind_of_image_is_refused(kind):
    file = io.BytesIO()
    Image.fromarray(COLOUR).save(file, kind)
    with pytest.raises(ValueError, match="neither JPEG nor PNG"):
        decode(file.getvalue(), SHAPE, resize=False)
