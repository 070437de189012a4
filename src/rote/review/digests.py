"""Whether every table still holds what was written: its content against the digest that it carries."""

from pathlib import Path

from rote import tables
from rote.errors import TableError
from rote.review.agreement import Agreement
from rote.tables.digest import carried_digest, present_digest


def paths_of_tables(results: Path) -> list[Path]:
    """Every table in a folder, in the order of their names."""
    return sorted(path for path in results.rglob("*.parquet") if not path.name.startswith("."))


def review_digests(results: Path) -> list[Agreement]:
    """Compare every table of a folder with the digest that it carries.

    Parameters
    ----------
    results : Path

    Returns
    -------
    list of Agreement
        One for each Parquet file, in the order of their names; difference 0 or 1.
    """
    return [_review(path, str(path.relative_to(results))) for path in paths_of_tables(results)]


def _review(path: Path, table: str) -> Agreement:
    note = ""
    try:
        tables.provenance(path)
        carried = carried_digest(path)
        if carried is None:
            note = "carries no digest: it was not written by rote as it is now, or was altered since"
        elif carried != present_digest(path):
            note = "does not hold what was written: it was altered since, or its file is damaged"
    except (TableError, OSError) as error:
        note = str(error)
    return Agreement("digest", table, "whole content", 1, float(bool(note)), 0.0, note)
