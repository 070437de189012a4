"""Tables of the data: sources as found or downloaded, images, training labels."""

import pyarrow as pa

from rote.tables import Column, Schema

EXAMPLE = Column("example", pa.int32(), "number of the example within its split")
TRUE_LABEL = Column("true_label", pa.int16(), "published class, an index into the class names")

SOURCES = Schema(
    "sources",
    (
        Column("file", pa.string(), "path within the published layout"),
        Column("path", pa.string(), "where the file or folder lies"),
        Column("bytes", pa.int64(), "size, of a folder the sum over its files", unit="byte"),
        Column("checksum", pa.string(), "hexadecimal digest"),
        Column(
            "algorithm",
            pa.string(),
            "algorithm of the digest; of a folder's names and sizes 'listing', of its names and files 'contents'",
        ),
        Column("published", pa.bool_(), "whether the digest equals one that the publisher or torchvision gives"),
    ),
)

LABELS = Schema(
    "labels",
    (
        EXAMPLE,
        TRUE_LABEL,
        Column("train_label", pa.int16(), "class that training uses"),
        Column("permuted", pa.bool_(), "chosen for corruption, even where the new label equals the old one"),
    ),
)


def images(shape: tuple[int, int, int]) -> Schema:
    """Schema of one split's images.

    Parameters
    ----------
    shape : tuple of int
        Height, width and channels (H, W, C).

    Returns
    -------
    Schema
        With an image as H·W·C bytes in this order.
    """
    height, width, channels = shape
    pixels = pa.binary(height * width * channels)
    return Schema("images", (EXAMPLE, Column("image", pixels, "uint8 pixels, row by row, channels last"), TRUE_LABEL))
