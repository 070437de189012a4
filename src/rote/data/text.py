"""Lines and tables of text as people and spreadsheets save them.

UTF-8 with or without a byte-order mark, any line ends, blank lines, spaces around values. What is wrong raises
ValueError with the number of the line (csv.Error for stray quotes): call these within `rote.outside.reading`.
"""

import csv
import re
from collections.abc import Sequence
from io import StringIO

DELIMITERS = ",;\t"


def lines(content: bytes) -> list[tuple[int, str]]:
    """Lines that are not blank, without the space around them, each with its number from 1.

    Raises
    ------
    ValueError
        If a line is not UTF-8.
    """
    numbered = enumerate(re.split(r"\r\n|\r|\n", _decoded(content)), 1)
    return [(number, line.strip()) for number, line in numbered if line.strip()]


def rows(content: bytes, columns: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    """Some columns of delimited text whose first row names them.

    Parameters
    ----------
    content : bytes
        Delimited by commas, semicolons or tabs.
    columns : sequence of str
        Names of the columns to give. There may be others, in any order.

    Returns
    -------
    list of (int, tuple of str)
        For each row that is not blank the number of its line, and its values in the order of `columns`.

    Raises
    ------
    ValueError
        If a line is not UTF-8, a column is missing or named twice, or a row is of another length than the first.
    csv.Error
        If quotes do not match.
    """
    text = _decoded(content)
    tables = {delimiter: _table(text, delimiter) for delimiter in DELIMITERS if delimiter in text} or {",": []}
    found = next((table for table in tables.values() if table and set(columns) <= set(table[0][1])), None)
    wanted = " and ".join(map(repr, columns))
    if found is None:
        (first, *_) = tables.values()
        known = f"line {first[0][0]} has {', '.join(map(repr, first[0][1]))}" if first else "it is empty"
        raise ValueError(f"it lacks the columns {wanted} ({known})")
    (top, header), *body = found
    if any(header.count(column) > 1 for column in columns):
        raise ValueError(f"line {top} names one of the columns {wanted} more than once")
    for number, row in body:
        if len(row) != len(header):
            raise ValueError(f"line {number} has {len(row)} values where line {top} names {len(header)} columns")
    places = [header.index(column) for column in columns]
    return [(number, tuple(row[place] for place in places)) for number, row in body]


def _table(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    stripped = ((reader.line_num, [value.strip() for value in row]) for row in reader)
    return [(number, row) for number, row in stripped if any(row)]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line} is not UTF-8 (byte {error.object[error.start]:#04x}): save it as UTF-8"
        ) from error
