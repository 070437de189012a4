"""Tables of representations: what networks make of images, layer by layer, and of which images."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.errors import TableError
from rote.tables import Column, Schema
from rote.tables.data import EXAMPLE, TRUE_LABEL

NAME = pa.dictionary(pa.int32(), pa.string())

TAP = Column("tap", NAME, "layer whose output is the representation; taps follow in order of depth")
EPOCH = Column("epoch", pa.int32(), "epochs trained; 0 is the untrained network", "epoch")
REFERENCE = Column(
    "reference", NAME, "where a network's weights began: the run's own initialisation, or an unrelated one"
)
INDEX = Column("index", pa.int32(), "number of the unrelated initialisation; 0 for the run's own")

DRAWN_IMAGES = Schema(
    "drawn_images",
    (
        Column("batch", pa.int32(), "number of the batch of images"),
        Column("position", pa.int32(), "place within the batch"),
        Column("example", pa.int32(), "number of the example within its split"),
    ),
)

MANIFOLD_IMAGES = Schema(
    "manifold_images",
    (
        Column("batch", pa.int32(), "number of the manifold, whose images are taken together"),
        Column("position", pa.int32(), "place within the manifold"),
        Column("example", pa.int32(), "number of the image: training images first, test images after them"),
        Column("group", NAME, "unpermuted, permuted (by trained label), restored (by true label) or test"),
        Column("shuffled", pa.bool_(), "whether the group's images were dealt out to its classes at random"),
        Column("class", pa.int16(), "class of the manifold, by the labels that the group goes by"),
    ),
)


def _files_of_networks(name: str, what: str) -> Schema:
    """Schema of a table that lists one file for each network."""
    columns = (
        REFERENCE,
        INDEX,
        EPOCH,
        Column("file", pa.string(), f"safetensors file of the network's {what}, relative to this table's folder"),
        Column("bytes", pa.int64(), "size of the file", "byte"),
        Column("checksum", pa.string(), "SHA-256 of the file, hexadecimal"),
    )
    return Schema(name, columns)


GRAM_ROWS = _files_of_networks("gram_rows", "Gram rows")
MANIFOLD_BLOCKS = _files_of_networks("manifold_blocks", "inner products of manifolds")

REPRESENTATION_FILES = Schema(
    "representation_files",
    (
        REFERENCE,
        INDEX,
        EPOCH,
        TAP,
        Column("file", pa.string(), "table of the tap's representations, relative to this table's folder"),
        Column("examples", pa.int32(), "number of examples"),
        Column("dimensions", pa.int32(), "number of values of a representation"),
        Column("bytes", pa.int64(), "size of the file", "byte"),
        Column("checksum", pa.string(), "SHA-256 of the file, hexadecimal"),
    ),
)

VARIANCE = Schema(
    "variance",
    (
        TAP,
        Column("singular_vector", pa.int32(), "number of the right-singular vector, from 1, by falling singular value"),
        Column("singular_value", pa.float64(), "singular value of the representations of all examples, not centred"),
        Column("cumulative_share", pa.float64(), "share of the sum of squared singular values up to this one"),
        Column("retained", pa.bool_(), "whether the representation after the decomposition has this dimension"),
    ),
)


def representations(dimensions: int) -> Schema:
    """Schema of the representations of one tap, as recorded or after the singular value decomposition.

    Parameters
    ----------
    dimensions : int
        Number of values of a representation.

    Returns
    -------
    Schema
        Float32 also after the decomposition: the network's outputs have no more digits than that.
    """
    values = pa.list_(pa.float32(), dimensions)
    return Schema(
        "representations",
        (
            EXAMPLE,
            TRUE_LABEL,
            Column("train_label", pa.int16(), "class that training uses"),
            Column("representation", values, "output of the layer for the example, as one vector"),
        ),
    )


def schema_of(path: str | Path) -> Schema:
    """Schema of a table of representations, whose width stands in its provenance as ``dimensions``.

    Raises
    ------
    TableError
        If the file is missing, damaged or another table.
    """
    provenance = tables.provenance(path)
    if provenance["schema"] != "representations":
        raise TableError(f"{path} is a {provenance['schema']!r} table where representations are expected.")
    return representations(provenance["dimensions"])


def as_column(values: NDArray[np.float32]) -> pa.FixedSizeListArray:
    """Column ``representation`` of values (n, dimensions)."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def as_array(column: Any) -> NDArray[np.float64]:
    """Values (n, dimensions) of a column ``representation``, an Arrow array."""
    values: NDArray[np.float64] = column.flatten().to_numpy().reshape(len(column), -1).astype(np.float64)
    return values
