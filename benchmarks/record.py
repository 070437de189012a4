"""Tables of measurements, printed and kept beside the benchmark that made them."""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def keep(script: str, title: str, text: str, tables: Mapping[str, Rows]) -> None:
    """Print the tables of a benchmark and write them beside its script, as Markdown and as CSV.

    Parameters
    ----------
    script : str
        The benchmark's file; its name is the record's.
    title : str
    text : str
        What was measured, and how.
    tables : mapping of str to rows
        Each table's heading, and rows that have the same keys.
    """
    record = Path(script).with_suffix("")
    parts = [
        f"# {title}\n",
        f"{text.strip()}\n",
        *(f"{heading}\n\n{as_markdown(rows)}" for heading, rows in tables.items()),
    ]
    record.with_suffix(".md").write_text("\n".join(parts), encoding="utf-8")
    for number, rows in enumerate(tables.values()):
        path = record.with_name(record.name + (f"_{number + 1}" if len(tables) > 1 else "") + ".csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    sys.stdout.write("\n".join(parts))


def as_markdown(rows: Rows) -> str:
    """A Markdown table of rows that have the same keys."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
