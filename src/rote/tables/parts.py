"""Parts of a job's result as tables."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rote import tables
from rote.errors import TableError


@dataclass(frozen=True)
class TableForm:
    """Form of parts that are tables, see `rote.parts.Form`; a part is its columns, by name."""

    schema: tables.Schema
    suffix: str = ".parquet"

    def write(self, path: Path, value: Mapping[str, Any], digest: str) -> None:
        """Write a table; errors as of `rote.tables.write`."""
        tables.write(path, self.schema, value, {"digest": digest})

    def read(self, path: Path) -> Mapping[str, Any]:
        """Columns of a table; errors as of `rote.tables.read`."""
        table = tables.read(path, self.schema)
        return {name: table[name] for name in table.column_names}

    def digest(self, path: Path) -> str | None:
        """The digest that a table's provenance names, None where there is no whole table."""
        with suppress(TableError):
            return tables.provenance(path).get("digest")
        return None
