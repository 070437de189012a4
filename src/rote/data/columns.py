"""A Parquet column's numbers, images and pictures, in whichever of Arrow's types they came.

What is wrong raises ValueError with the row, or Arrow's own exceptions: call these within `rote.outside.reading`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rote.data.whole_numbers import whole_number


def numbers(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """A column's values (N,), as numbers where its type says them in another way than NumPy's.

    Raises
    ------
    ValueError
        If a row has none, or a text that is no whole number.
    """
    _require_all(name, column)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if any(is_text(column.type) for is_text in (pa.types.is_string, pa.types.is_large_string, pa.types.is_decimal)):
        whole = [whole_number(str(value), f"row {row}") for row, value in enumerate(column.to_pylist())]
        return np.array(whole, dtype=np.int64)
    values: npt.NDArray[Any] = column.to_numpy()
    return values


def pictures(name: str, column: pa.ChunkedArray) -> list[bytes] | None:
    """Files that a column holds, as bytes or in a structure with a field ``bytes``; None if it holds something else.

    Raises
    ------
    ValueError
        If a row has none.
    """
    if pa.types.is_struct(column.type) and column.type.get_field_index("bytes") >= 0:
        column = pc.struct_field(column, "bytes")
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return None
    _require_all(name, column)
    contents: list[bytes] = column.to_pylist()
    return contents


def images(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Arrays (N, …) of one shape that a column holds, as lists of lists or as Arrow's tensors of a fixed shape.

    Raises
    ------
    ValueError
        If a row or an entry is missing, or the shapes differ.
    """
    values = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    shape = [len(values)]
    if isinstance(column.type, pa.FixedShapeTensorType):
        if column.type.permutation not in (None, sorted(column.type.permutation or ())):
            raise ValueError(f"the axes of its tensors {name!r} are permuted: store them in order")
        _require_all(name, values)
        values, inner = values.storage.flatten(), column.type.shape
    else:
        inner = []
        while pa.types.is_list(values.type) or pa.types.is_large_list(values.type) or _is_fixed(values.type):
            _require_all(name, values)
            lengths = pc.unique(pc.list_value_length(values)).to_pylist()
            if len(lengths) > 1:
                raise ValueError(f"the images in {name!r} differ in shape: bring them to one")
            inner.append(lengths[0] if lengths else 0)
            values = values.flatten()
    _require_all(name, values)
    dense: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return dense.reshape(*shape, *inner)


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_list(kind))


def _require_all(name: str, column: pa.Array | pa.ChunkedArray) -> None:
    if column.null_count:
        raise ValueError(f"row {pc.index(column.is_null(), True).as_py()} has no {name!r}")
