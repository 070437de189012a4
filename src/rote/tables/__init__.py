"""The contract of every table: declared columns, provenance, atomic write, checked read.

A table is a Parquet file (zstd). Its schema is declared in a module of this package, one module per family of
tables, so that a new family changes no other family's code.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rote.errors import TableError
from rote.files import replacing
from rote.processor import processor
from rote.provenance import as_metadata, package_versions
from rote.tables.digest import KEY, content_digest

ROW_GROUP = 1 << 20


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, unit ('' for none) and what it means."""

    name: str
    type: pa.DataType
    description: str
    unit: str = ""
    nullable: bool = False

    @property
    def field(self) -> pa.Field:
        """The Arrow field, with unit and description in its metadata."""
        metadata = {"description": self.description} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, self.nullable, metadata)


@dataclass(frozen=True)
class Schema:
    """A named table form: its columns in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema."""
        return pa.schema([column.field for column in self.columns])


class Writer:
    """Appends blocks of rows to a table that is being written."""

    def __init__(self, parquet: pq.ParquetWriter, schema: Schema) -> None:
        self._parquet = parquet
        self._schema = schema

    def append(self, columns: Mapping[str, Any]) -> None:
        """Append rows.

        Parameters
        ----------
        columns : mapping of str to array-like
            Every column of the schema, equally long: NumPy arrays, lists or Arrow arrays.

        Raises
        ------
        TableError
            If a column is missing, unknown, of another length or type, or holds a NaN or a null where the schema
            allows none.
        """
        self._parquet.write_table(_checked(columns, self._schema), row_group_size=ROW_GROUP)


@contextmanager
def writing(path: str | Path, schema: Schema, provenance: Mapping[str, Any]) -> Iterator[Writer]:
    """Open a table for streaming; it is moved into place when the block ends without an exception.

    Parameters
    ----------
    path : str or Path
    schema : Schema
    provenance : mapping
        What the table depends on: code fingerprint, config slice, seed, device. Package versions and the kind of
        processor are added. What differs from run to run (wall time, peak memory) stands in the job's benchmark file
        instead, so that a table's bytes follow from its inputs.

    Yields
    ------
    Writer

    Raises
    ------
    TableError, RoteError
        See `Writer.append` and `rote.files.replacing`.
    """
    recorded = as_metadata(
        {"schema": schema.name, "processor": processor(), **provenance, "packages": package_versions()}
    )
    arrow = schema.arrow.with_metadata({"rote": recorded})
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(temporary, arrow, compression="zstd", write_page_checksum=True) as parquet,
    ):
        yield Writer(parquet, schema)
        # every row group is in the file by now, and nothing else
        parquet.add_key_value_metadata({KEY: content_digest(temporary, temporary.stat().st_size, recorded)})


def write(path: str | Path, schema: Schema, columns: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """Write a whole table at once; parameters and errors as in `writing` and `Writer.append`."""
    with writing(path, schema, provenance) as table:
        table.append(columns)


def read(path: str | Path, schema: Schema, columns: list[str] | None = None) -> pa.Table:
    """Read a table after checking that it keeps its contract.

    Parameters
    ----------
    path : str or Path
    schema : Schema
    columns : list of str, optional
        Read only these.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    TableError
        If the file is missing, damaged or of another schema.
    """
    with _opened(path, schema) as file:
        return file.read(columns=columns)


def iterate(
    path: str | Path, schema: Schema, columns: list[str] | None = None, rows: int = 65536
) -> Iterator[pa.RecordBatch]:
    """Read a table in blocks of at most `rows` rows; otherwise as `read`."""
    with _opened(path, schema) as file:
        yield from file.iter_batches(batch_size=rows, columns=columns)


def provenance(path: str | Path) -> dict[str, Any]:
    """What a table says of its origin: the mapping given to `writing`, package versions and schema name.

    Raises
    ------
    TableError
        If the file is missing, damaged or carries no provenance.
    """
    with _parquet(path) as file:
        metadata = file.schema_arrow.metadata or {}
    try:
        recorded = json.loads(metadata.get(b"rote", b""))
    except ValueError:  # nothing, or no JSON
        recorded = None
    if not isinstance(recorded, dict):
        raise TableError(f"{path} carries no provenance: it was not written by rote. Delete it and run again.")
    return recorded


@contextmanager
def _parquet(path: str | Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield file
    except FileNotFoundError as error:
        raise TableError(f"{path} is missing. Run the workflow: it makes what is missing.") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is damaged ({error}). Delete it and run again.") from error


@contextmanager
def _opened(path: str | Path, schema: Schema) -> Iterator[pq.ParquetFile]:
    with _parquet(path) as file:
        found = file.schema_arrow
        if found.remove_metadata() != schema.arrow.remove_metadata():
            raise TableError(
                f"{path} is not a {schema.name!r} table: it has ({_summary(found)}) where "
                f"({_summary(schema.arrow)}) is expected. Delete it and run again."
            )
        yield file


def _summary(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _checked(columns: Mapping[str, Any], schema: Schema) -> pa.Table:
    expected = [column.name for column in schema.columns]
    if set(columns) != set(expected):
        raise TableError(f"a {schema.name!r} table has the columns {expected}, not {sorted(columns)}")
    arrays = []
    for column in schema.columns:
        try:
            array = columns[column.name]
            if not isinstance(array, pa.Array | pa.ChunkedArray):
                array = pa.array(array).cast(column.type)  # a cast refuses what it would have to round
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise TableError(f"column {column.name!r} of a {schema.name!r} table: {error}") from error
        if array.type != column.type:
            raise TableError(f"column {column.name!r} of a {schema.name!r} table is {array.type}, not {column.type}")
        if not column.nullable and (array.null_count or _has_nan(array)):
            raise TableError(f"column {column.name!r} of a {schema.name!r} table holds a null or a NaN")
        arrays.append(array)
    if len({len(array) for array in arrays}) > 1:
        lengths = dict(zip(expected, map(len, arrays), strict=True))
        raise TableError(f"the columns of a {schema.name!r} table differ in length: {lengths}")
    return pa.Table.from_arrays(arrays, schema=schema.arrow)


def _has_nan(array: pa.Array | pa.ChunkedArray) -> bool:
    return pa.types.is_floating(array.type) and bool(np.isnan(array.to_numpy(zero_copy_only=False)).any())
