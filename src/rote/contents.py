"""What a file or a folder from outside holds, as one digest that a copy elsewhere has too.

Reading 50,000 pictures at each start of a study would take seconds to minutes. So a digest is remembered with the
names, sizes and times of the files that it was taken of, and taken anew once one of them differs.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rote.errors import DataError
from rote.files import checksum, replacing

SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir"}  # and all whose names begin with a dot


def of_a_system(name: str) -> bool:
    """Whether a path leads to what a file manager, a notebook or an archiver left there, which is no data."""
    return any(part.startswith(".") or part.lower() in SYSTEM_FILES for part in name.split("/") if part != ".")


def files_below(folder: Path) -> dict[str, os.stat_result]:
    """Status of each file below a folder that no system left there; links are followed.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to os.stat_result
        By path within the folder with forward slashes, sorted.

    Raises
    ------
    OSError
        If the folder cannot be looked through.
    ValueError
        If a name is not UTF-8 or cannot be printed.
    """
    return dict(sorted(_below(folder, "", (os.path.realpath(folder),))))


def _below(folder: Path, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if of_a_system(entry.name):
                continue
            if not entry.name.isprintable():
                raise ValueError(f"the name {entry.name!a} is not UTF-8, or has characters that cannot be printed")
            if entry.is_file():
                yield prefix + entry.name, entry.stat()
            elif entry.is_dir() and (real := os.path.realpath(entry.path)) not in above:
                yield from _below(Path(entry.path), f"{prefix}{entry.name}/", (*above, real))


def digest_of_contents(path: Path) -> str:
    """Digest of what a file or a folder holds.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        Hexadecimal sha256 of a file; of a folder that of the sorted names and digests of its files, without those that
        systems leave there. Times, permissions and the place on disk do not enter.

    Raises
    ------
    OSError, ValueError
        As `files_below`, or if a file cannot be read.
    """
    if not path.is_dir():
        return checksum(path)
    listing = hashlib.sha256()
    for name in files_below(path):
        listing.update(f"{name}\t{checksum(path / name)}\n".encode())
    return listing.hexdigest()


def remembered_digest(path: str | Path, memory: str | Path) -> str:
    """`digest_of_contents`, without reading what has not changed since the last call.

    A file counts as unchanged while its name, size, time of change and time of change of its status are as they were.

    Parameters
    ----------
    path : str or Path
        A file or a folder.
    memory : str or Path
        A folder for one small file for each path; it is made if need be, and may be deleted at any time.

    Returns
    -------
    str
        As `digest_of_contents`.

    Raises
    ------
    DataError
        If the file or folder cannot be read.
    RoteError
        If the digest cannot be written down.
    """
    path = Path(path).absolute()
    note = Path(memory, f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.txt")
    try:
        state = _state(path)
        with suppress(OSError, ValueError):  # without a whole note the files are read
            known, digest = note.read_text(encoding="ascii").split()
            if known == state:
                return digest
        digest = digest_of_contents(path)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path} cannot be read: {said}. Correct its path, permissions or names.") from error
    with replacing(note) as temporary:
        temporary.write_text(f"{state} {digest}\n", encoding="ascii")
    return digest


def _state(path: Path) -> str:
    """Digest of the names, sizes and times of a file or of the files below a folder."""
    found = files_below(path) if path.is_dir() else {"": path.stat()}
    lines = (f"{name}\t{of.st_size}\t{of.st_mtime_ns}\t{of.st_ctime_ns}\n" for name, of in found.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
