"""Files that are either absent or whole."""

import errno
import fcntl
import glob
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rote.errors import RoteError

REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.EEXIST}


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path` and move what was written there into place.

    Parameters
    ----------
    path : str or Path
        The file to write. Its folder is made if need be.

    Yields
    ------
    Path
        Where to write. After an exception nothing is left of it, and an older file at `path` stays as it was.

    Raises
    ------
    RoteError
        If the file system refuses (no space left, read-only, no permission); the message names the file.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        raise RoteError(
            f"cannot write {path}: {error.strerror}. Make room or correct the permissions, then run again."
        ) from error
    finally:
        with suppress(OSError):  # the error that brought us here says more
            temporary.unlink(missing_ok=True)


def clear_unfinished(path: str | Path) -> None:
    """Remove what killed writers left beside a file; nobody may be writing it now."""
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Hold a lock for which other processes wait; it goes with the process, however that ends.

    Parameters
    ----------
    path : str or Path
        The lock: an empty file, which stays. Its folder is made if need be.

    Raises
    ------
    RoteError
        If the file system cannot lock or refuses the file.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise RoteError(f"cannot write the lock {path}: {error.strerror}. Correct the permissions.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise RoteError(f"cannot lock {path}: {error.strerror}. Use a file system that has locks.") from error
        yield


def checksum(path: str | Path, algorithm: str = "sha256") -> str:
    """Digest of a file's bytes, read in blocks.

    Parameters
    ----------
    path : str or Path
    algorithm : str
        A name that hashlib knows.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
