"""Many tables as one data frame, in which every row says whose it is.

A module of its own: what only figures and comparisons need changes the code of no job that trains or measures.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rote import tables
from rote.errors import TableError
from rote.provenance import as_metadata
from rote.tables import Schema

BLOCK = 1 << 20  # rows read at a time where some are left out


def gather(
    paths: str | Path | Iterable[str | Path],
    schema: Schema,
    by: Sequence[str] = (),
    also: Sequence[str] = (),
    *,
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
) -> pd.DataFrame:
    """Read tables of one schema into one tidy data frame.

    Parameters
    ----------
    paths : str, Path or iterable of these
        The tables; their order is that of the rows and means nothing else.
    schema : Schema
        Of all of them.
    by : sequence of str
        What tells the tables apart: wildcards of the jobs that wrote them (``run``, ``tap``, ``protocol``, …; text),
        or other fields of their provenance. One table alone needs none.
    also : sequence of str
        Further wildcards or fields of the provenance, which may be the same for several tables.
    columns : sequence of str, optional
        Read only these of the schema.
    where : pyarrow.compute.Expression, optional
        Keep only rows for which this holds, of `columns` alone; the others are never in memory all at once.

    Returns
    -------
    pandas.DataFrame
        Columns `by`, those of the tables, and `also`, whose values are as the provenance has them (mappings too). A
        column that the tables have themselves is left as it is.

    Raises
    ------
    TableError
        If no table is given, one is missing, damaged or of another schema, one does not say what is asked of it, or two
        say the same of `by`.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise TableError(f"no {schema.name!r} table is given: name one or more to gather.")
    origins = [_origin(path, [*by, *also]) for path in paths]
    _require_different(paths, origins, by)
    parts = [_rows(path, schema, columns, where) for path in paths]
    frame: pd.DataFrame = pa.concat_tables(parts).unify_dictionaries().to_pandas()
    own = list(frame.columns)
    for name in dict.fromkeys([*by, *also]):
        if name not in own:
            values = pd.Series([origin[name] for origin in origins])
            frame[name] = values.repeat([len(part) for part in parts]).to_numpy()
    return frame[list(dict.fromkeys([*by, *own, *also]))]


def _origin(path: str | Path, names: Iterable[str]) -> dict[str, Any]:
    """What a table says of its origin under these names; a wildcard goes before a field of the same name."""
    recorded = tables.provenance(path)
    said = recorded | recorded.get("wildcards", {})
    if absent := [name for name in names if name not in said]:
        raise TableError(
            f"{path} does not say of which {' and '.join(absent)} it is: its provenance has {', '.join(sorted(said))}. "
            "Ask for these, or run the workflow again."
        )
    return {name: said[name] for name in names}


def _require_different(paths: Sequence[str | Path], origins: Sequence[dict[str, Any]], by: Sequence[str]) -> None:
    seen: dict[bytes, str | Path] = {}
    for path, origin in zip(paths, origins, strict=True):
        said = as_metadata({name: origin[name] for name in by})
        if said in seen:
            what = ", ".join(f"{name} {origin[name]}" for name in by) or "nothing is asked"
            raise TableError(
                f"{seen[said]} and {path} are of the same origin ({what}): give each table once, and name all fields "
                "that tell them apart."
            )
        seen[said] = path


def _rows(path: str | Path, schema: Schema, columns: Sequence[str] | None, where: pc.Expression | None) -> pa.Table:
    names = None if columns is None else list(columns)
    if where is None:
        return tables.read(path, schema, names)
    blocks = [pa.Table.from_batches([block]).filter(where) for block in tables.iterate(path, schema, names, BLOCK)]
    return pa.concat_tables(blocks) if blocks else tables.read(path, schema, names)  # a table without rows has no block
