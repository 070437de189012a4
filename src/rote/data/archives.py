"""Published files: downloaded, measured, unpacked, and looked into without unpacking."""

import gzip
import hashlib
import http.client
import os
import stat
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import copyfileobj

from rote.contents import digest_of_contents, files_below, of_a_system
from rote.errors import DataError
from rote.files import checksum, replacing
from rote.outside import reading
from rote.progress import track

BLOCK = 1 << 20
TIMEOUT = 60.0  # seconds without a byte
REMEDY = "Replace it with a whole copy, then run again."
FOLDER_REMEDY = "Correct its permissions or names, or copy it again."


def download(url: str, target: Path, md5: str | None) -> None:
    """Download a file; it is moved into place once it is whole.

    Parameters
    ----------
    url : str
    target : Path
    md5 : str or None
        Published checksum, None if there is none.

    Raises
    ------
    DataError
        If the server cannot be reached, the transfer ends early or the checksum differs. Nothing is left.
    RoteError
        If the file cannot be written.
    """
    with replacing(target) as temporary:
        with temporary.open("wb") as file:
            for block in _received(url):
                file.write(block)
        if md5 is not None and (found := checksum(temporary, "md5")) != md5:
            raise DataError(f"{url} has the md5 checksum {found}, not {md5}: the transfer was damaged")


def _received(url: str) -> Iterator[bytes]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            expected = int(response.headers.get("Content-Length", 0))
            received = 0
            blocks = iter(lambda: response.read(BLOCK), b"")
            for block in track(
                blocks, f"download {url.rpartition('/')[2]}", total=-(-expected // BLOCK) or None, unit="MiB"
            ):
                received += len(block)
                yield block
    except (OSError, http.client.HTTPException) as error:
        raise DataError(f"{url} could not be read ({error})") from error
    if received < expected:
        raise DataError(f"{url} ended after {received} of {expected} bytes")


def measure(path: Path, algorithm: str) -> tuple[int, str]:
    """Size and digest of a file, or of a folder's listing.

    Parameters
    ----------
    path : Path
    algorithm : str
        A name that hashlib knows; ``"listing"``: sha256 of the sorted names and sizes of a folder's files, without
        those that systems leave there; or ``"contents"``: `rote.contents.digest_of_contents`.

    Returns
    -------
    size : int
        In bytes, of a folder the sum over its files.
    digest : str
        Hexadecimal.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    if algorithm not in ("listing", "contents") or (algorithm == "contents" and path.is_file()):
        with reading(path, "a file", REMEDY):
            return path.stat().st_size, checksum(path, "sha256" if algorithm == "contents" else algorithm)
    sizes = {name: status.st_size for name, status in _listed(path).items()}
    if algorithm == "contents":
        with reading(path, "a folder", FOLDER_REMEDY):
            return sum(sizes.values()), digest_of_contents(path)
    listing = "".join(f"{name}\t{size}\n" for name, size in sizes.items())
    return sum(sizes.values()), hashlib.sha256(listing.encode()).hexdigest()


def unpack(path: Path, folder: Path) -> None:
    """Unpack a `.tar.gz` or `.gz` file into a folder; another file is linked there.

    Parameters
    ----------
    path : Path
    folder : Path
        Made if need be.

    Raises
    ------
    DataError
        If the archive is truncated, damaged or has a member that is a link or points outside.
    RoteError
        If there is no room.
    """
    with reading(path, "an archive", REMEDY):
        if path.name.endswith(".tar.gz"):
            _unpack_tar(path, folder)
        elif path.suffix == ".gz":
            with gzip.open(path) as packed, replacing(folder / path.stem) as temporary, temporary.open("wb") as file:
                copyfileobj(packed, file, BLOCK)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path.name).symlink_to(path.absolute())


def _unpack_tar(path: Path, folder: Path) -> None:
    with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        for member in track(archive, f"unpack {path.name}", unit="file"):
            if member.isdir():
                continue
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or _outside(member.name):
                raise _points_outside(path, member.name)
            if of_a_system(member.name):
                continue
            with replacing(folder / member.name) as temporary, temporary.open("wb") as file:
                copyfileobj(content, file, BLOCK)
        while packed.read(BLOCK):  # the checksum of the whole stands at its end
            pass


@dataclass(frozen=True)
class Tree:
    """The files below a folder or inside a zip archive, alike, without those that systems leave there."""

    path: Path
    """The folder or archive."""
    names: tuple[str, ...]
    """Paths of the files, sorted, with forward slashes."""
    content: Callable[[str], bytes]
    """Content of a file by its path; raises whatever a damaged archive raises."""

    def read(self, name: str) -> bytes:
        """Content of a file by its path; DataError if the archive is damaged there."""
        with reading(f"{name} in {self.path}", "a file", REMEDY):
            return self.content(name)

    def below(self, marker: str) -> "Tree | None":
        """The part of the tree beside the topmost file or folder named `marker`, None if there is none."""
        holders = [name.split("/")[: name.split("/").index(marker)] for name in self.names if marker in name.split("/")]
        if not holders:
            return None
        prefix = "".join(f"{folder}/" for folder in min(holders, key=len))
        names = tuple(name.removeprefix(prefix) for name in self.names if name.startswith(prefix))
        return Tree(self.path, names, lambda name: self.content(prefix + name))


@contextmanager
def tree(path: Path) -> Iterator[Tree]:
    """Open a folder or a zip archive for reading, without unpacking it.

    Parameters
    ----------
    path : Path

    Yields
    ------
    Tree

    Raises
    ------
    DataError
        If the folder cannot be looked through, or the archive is truncated, damaged or has a member that is a link or
        points outside.
    """
    if path.is_dir():
        yield Tree(path, tuple(_listed(path)), lambda name: (path / name).read_bytes())
        return
    with reading(path, "a zip archive", REMEDY):
        archive = zipfile.ZipFile(path)
    with archive:
        for member in archive.infolist():
            if _outside(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
                raise _points_outside(path, member.filename)
        names = (name for name in archive.namelist() if not name.endswith("/") and not of_a_system(name))
        yield Tree(path, tuple(sorted(names)), archive.read)


def _listed(folder: Path) -> dict[str, os.stat_result]:
    """`files_below` a folder, whatever is wrong with it as one error."""
    with reading(folder, "a folder", FOLDER_REMEDY):
        return files_below(folder)


def _outside(name: str) -> bool:
    """Whether a member's name would lead out of the folder that it is unpacked into."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1])


def _points_outside(path: Path, member: str) -> DataError:
    return DataError(
        f"{path} is not to be trusted: its member {member!r} is a link or points outside. "
        "Replace it with a copy from the publisher."
    )
