"""How far what was computed again is from what is on record."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rote import tables
from rote.errors import RoteError
from rote.tables.review import AGREEMENTS

EQUALITY, EQUIVALENCE = "equality", "equivalence"


@dataclass(frozen=True)
class Agreement:
    """One thing that was computed again; its fields are columns of `rote.tables.review.AGREEMENTS`."""

    kind: str
    table: str
    part: str
    values: int
    difference: float
    tolerance: float
    note: str = ""
    criterion: str = EQUALITY

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference <= self.tolerance


def skipped(kind: str, table: str, part: str, why: str) -> Agreement:
    """What could not be computed again, which is no disagreement."""
    return Agreement(kind, table, part, 0, 0.0, 0.0, f"not computed again: {why}")


def collected(kind: str, found: Iterable[Agreement]) -> list[Agreement]:
    """What is found one after the other, up to an error, which counts as a disagreement.

    That is one of what is on record, or of a record at odds with the code: only the former is named without traceback.
    """
    agreements = []
    try:
        for agreement in found:
            agreements.append(agreement)
    except Exception as error:
        if not isinstance(error, RoteError):
            traceback.print_exc()
        note = str(error) if isinstance(error, RoteError) else f"{type(error).__name__}: {error}"
        agreements.append(Agreement(kind, "", "the rest of this kind", 0, float("inf"), 0.0, note))
    return agreements


def compared(kind: str, table: str, part: str, recorded: pa.Table, again: pa.Table, tolerance: float) -> Agreement:
    """Compare two tables value by value.

    Parameters
    ----------
    kind, table, part : str
        What they are of.
    recorded, again : pyarrow.Table
        Rows in the same order.
    tolerance : float
        Largest difference |recorded − again| / max(1, |recorded|) of numbers that are not whole; all else must be
        equal.

    Returns
    -------
    Agreement
        Its difference is infinite where columns, numbers of rows or anything but such a number differ.
    """
    if recorded.column_names != again.column_names or len(recorded) != len(again):
        note = f"{len(recorded)} rows of {recorded.column_names} on record, {len(again)} of {again.column_names} again"
        return Agreement(kind, table, part, 0, float("inf"), tolerance, note)
    worst, notes = 0.0, []
    for name in recorded.column_names:
        differences = _differences(_plain(recorded[name]), _plain(again[name]))
        worst = max(worst, float(differences.max(initial=0)))
        if number := int((differences > tolerance).sum()):
            first = int((differences > tolerance).argmax())
            notes.append(f"{number} of {len(differences)} values of {name} differ, the first at {first}")
    size = len(recorded) * recorded.num_columns
    return Agreement(kind, table, part, size, worst, tolerance, "; ".join(notes))


def write(path: Path, agreements: Sequence[Agreement], provenance: Mapping[str, Any]) -> None:
    """Write an AGREEMENTS table."""
    names = [column.name for column in AGREEMENTS.columns]
    columns = {name: [getattr(agreement, name) for agreement in agreements] for name in names}
    tables.write(path, AGREEMENTS, columns, provenance)


def summary(agreements: Sequence[Agreement]) -> str:
    """A line for each kind: how many agree of how many were compared, and how far the farthest is."""
    lines = []
    for kind in dict.fromkeys(agreement.kind for agreement in agreements):
        own = [agreement for agreement in agreements if agreement.kind == kind]
        done = [agreement for agreement in own if not agreement.note.startswith("not computed")]
        farthest = max((agreement.difference for agreement in done), default=0.0)
        left = f", {len(own) - len(done)} could not be computed again" if len(own) > len(done) else ""
        agreeing = sum(agreement.agrees for agreement in done)
        tested = " and ".join(dict.fromkeys(agreement.criterion for agreement in done))
        what = f"largest difference {farthest:.2g}, tested for {tested}" if done else "none compared"
        lines.append(f"{kind:<13}{agreeing} of {len(done)} agree, {what}{left}")
    return "\n".join(lines)


def disagreements(agreements: Sequence[Agreement]) -> str:
    """A line for each that does not agree."""
    lines = []
    for agreement in agreements:
        if not agreement.agrees:
            why = agreement.note or f"differs by {agreement.difference:.2g}"
            lines.append(f"  {agreement.table or agreement.kind}, {agreement.part}: {why}")
    return "\n".join(lines)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array, dictionaries decoded, lists laid out one value after the other behind their lengths."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    return array


def _differences(one: pa.Array, other: pa.Array) -> NDArray[np.float64]:
    """Difference of every two values, infinite where they differ and are no floating-point numbers."""
    if one.type != other.type:
        return np.full(max(len(one), 1), np.inf)
    if pa.types.is_list(one.type) or pa.types.is_fixed_size_list(one.type):
        lengths = _differences(pc.list_value_length(one), pc.list_value_length(other))
        if lengths.any():
            return lengths
        return _differences(one.flatten(), other.flatten())
    if pa.types.is_floating(one.type):
        left, right = (np.asarray(array.to_numpy(zero_copy_only=False), np.float64) for array in (one, other))
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        with np.errstate(invalid="ignore"):
            found = np.where(same, 0.0, np.abs(left - right) / np.maximum(1, np.abs(left)))
        return np.where(np.isnan(found), np.inf, found)
    unlike = pc.fill_null(pc.not_equal(one, other), False)
    alone = pc.xor(pc.is_null(one), pc.is_null(other))
    return np.where(np.asarray(pc.or_(unlike, alone)), np.inf, 0.0)
