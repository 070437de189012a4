"""Frozen results in one file: tables, figures, logs, Snakemake's records of them, checksums and a description.

The archive is a ZIP without compression (tables are compressed already) whose bytes follow from its contents: fixed
order, fixed times. Beside the files it holds ``checksums.sha256``, in the form of `sha256sum`, and the description of
`rote.review.crate`.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from rote import tables
from rote.errors import RoteError, TableError
from rote.files import REFUSALS, checksum, replacing
from rote.outside import reading
from rote.review import crate

CHECKSUMS = "checksums.sha256"
RECORDS = ".snakemake/metadata"
LONGEST = 254  # characters of a part of a record's path, see Snakemake's persistence
BLOCK = 1 << 20
THEN = (1980, 1, 1, 0, 0, 0)


class ArchiveError(RoteError):
    """An archive cannot be written of these results, or is damaged, incomplete or none of ours."""


def write_archive(results: Path, archive: Path, *, root: Path, checkpoints: bool = False) -> int:
    """Write the results of a study into one file.

    Parameters
    ----------
    results : Path
        The study's folder, relative to `root`: ``results/NAME``.
    archive : Path
        ZIP file to write.
    root : Path
        Folder in which Snakemake ran, where its records lie.
    checkpoints : bool
        Whether to include the folders of checkpoints, which are large.

    Returns
    -------
    int
        Number of the files archived.

    Raises
    ------
    ArchiveError
        If there are no results, Snakemake has no records of them, or a result is older than what it was made from.
    RoteError
        If the archive cannot be written.
    """
    paths = list(_files(root, results, checkpoints))
    records = [_record_path(path) for path in paths if (root / _record_path(path)).is_file()]
    if not records:
        raise ArchiveError(
            f"there are no finished results in {root / results} that Snakemake has records of: give the folder of a "
            "finished study, from the folder in which Snakemake ran."
        )
    known = {record: json.loads((root / record).read_text(encoding="utf-8")) for record in records}
    _refuse_outdated(root, dict(zip(records, known.values(), strict=True)), paths)
    newest = max(record.get("endtime") or 0 for record in known.values())
    published = datetime.fromtimestamp(newest, UTC).date().isoformat()
    with replacing(archive) as temporary, zipfile.ZipFile(temporary, "w") as file:
        found = {path: _add(file, path, root / path) for path in sorted([*paths, *records])}
        described = crate.describe(results.name, found, published, _packages(root, paths))
        text = json.dumps(described, indent=1, ensure_ascii=False)
        _add_text(file, crate.METADATA, text)
        sums = {path: digest for path, (_, digest) in found.items()}
        sums[crate.METADATA] = hashlib.sha256(text.encode()).hexdigest()
        _add_text(file, CHECKSUMS, "".join(f"{digest}  {path}\n" for path, digest in sums.items()))
    return len(found)


def read_archive(archive: Path, *, root: Path) -> Path:
    """Place the results of an archive, after all of them were checked.

    All files get one time of change, so that none is newer than what was made from it.

    Parameters
    ----------
    archive : Path
    root : Path
        Folder of the project, in which Snakemake will run.

    Returns
    -------
    Path
        The study's folder, relative to `root`.

    Raises
    ------
    DataError
        If the archive is missing, damaged or incomplete. Nothing was placed then.
    ArchiveError
        If it lacks a file that it lists, holds a path that is not of a study's results, or the results are
        there already. Nothing was placed then.
    RoteError
        If the results cannot be written.
    """
    with _opened(archive) as file:
        sums = _checksums(archive, file)
        results = _results(archive, sums)
        if (root / results).exists():
            raise ArchiveError(f"{root / results} is there already: move it away, then read the archive again.")
        with _staging(root) as staging:
            now = time.time()
            for path, digest in sums.items():
                if _extract(file, path, staging / path) != digest:
                    raise ArchiveError(f"{path} in {archive} is damaged: fetch the archive again.")
                os.utime(staging / path, (now, now))
            for record in (path for path in sums if path.startswith(f"{RECORDS}/")):
                (root / record).parent.mkdir(parents=True, exist_ok=True)
                (staging / record).replace(root / record)
            (root / results).parent.mkdir(parents=True, exist_ok=True)
            (staging / results).rename(root / results)
    return results


def _files(root: Path, results: Path, checkpoints: bool) -> Iterator[str]:
    """Paths of a study's files, relative to `root`, without what is being written."""
    if results.is_absolute() or results.parent != Path("results"):
        raise ArchiveError(
            f"{results} is no study's folder: give results/NAME, from the folder in which Snakemake ran."
        )
    for path in sorted((root / results).rglob("*")):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and (checkpoints or "checkpoints" not in inside.parts):
            yield inside.as_posix()


def _record_path(path: str) -> str:
    """Where Snakemake keeps its record of an output."""
    name = urlsafe_b64encode(path.encode()).decode()
    *first, last = [name[start : start + LONGEST] for start in range(0, len(name), LONGEST)]
    return "/".join([RECORDS, *(f"@{part}" for part in first), last])


def _refuse_outdated(root: Path, records: Mapping[str, Mapping[str, Any]], outputs: list[str]) -> None:
    """Refuse results older than an input that has changed since: an archive would pass them for fresh."""
    for output in outputs:
        record = records.get(_record_path(output), {})
        for given in record.get("input") or ():
            source = root / given
            if not source.is_file() or source.stat().st_mtime <= (root / output).stat().st_mtime:
                continue
            known = (record.get("input_checksums") or {}).get(given, "")
            if known.rpartition(":")[2] != checksum(source):
                raise ArchiveError(f"{output} is older than {given}, which it is made from: run the workflow first.")


def _packages(root: Path, paths: list[str]) -> dict[str, str]:
    """Versions of the packages that made the tables."""
    found: dict[str, str] = {}
    for path in paths:
        if path.endswith(".parquet"):
            try:
                found |= tables.provenance(root / path).get("packages", {})
            except TableError as error:
                raise ArchiveError(str(error)) from error
    return found


def _add(file: zipfile.ZipFile, name: str, path: Path) -> tuple[int, str]:
    """Add a file, block by block; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, file.open(_entry(name), "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            digest.update(block)
            size += target.write(block)
    return size, digest.hexdigest()


def _add_text(file: zipfile.ZipFile, name: str, text: str) -> None:
    file.writestr(_entry(name), text.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, THEN)
    entry.external_attr = 0o644 << 16
    return entry


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    with reading(archive, "an archive of results", "Fetch it again."), zipfile.ZipFile(archive) as file:
        yield file


def _checksums(archive: Path, file: zipfile.ZipFile) -> dict[str, str]:
    """SHA-256 by path, of exactly the files that the archive holds, each a path of a study's results."""
    names = file.namelist()
    if CHECKSUMS not in names:
        raise ArchiveError(f"{archive} has no {CHECKSUMS}: it was not written by rote, or is incomplete.")
    lines = (line.partition("  ") for line in file.read(CHECKSUMS).decode(errors="replace").splitlines())
    sums = {path: digest for digest, _, path in lines}
    unlike = sorted(set(names) ^ {*sums, CHECKSUMS})
    if unlike or len(names) > len(sums) + 1:
        raise ArchiveError(
            f"{archive} does not hold the files that its {CHECKSUMS} lists ({', '.join(unlike[:3]) or 'one twice'}): "
            "fetch it again."
        )
    for path in sums:
        inside = PurePosixPath(path)
        known = inside.parts[:1] == ("results",) or path.startswith(f"{RECORDS}/") or path == crate.METADATA
        if not known or ".." in inside.parts or "\\" in path or str(inside) != path:
            raise ArchiveError(f"{archive} holds {path!r}, which is no path of results: do not use it.")
    return sums


def _results(archive: Path, sums: Mapping[str, str]) -> Path:
    """The one study whose files these are."""
    studies = {PurePosixPath(path).parts[1] for path in sums if len(PurePosixPath(path).parts) > 2 and path[0] != "."}
    if len(studies) != 1 or next(iter(studies)).startswith("."):
        raise ArchiveError(f"{archive} holds the results of {len(studies)} studies, not of one: do not use it.")
    return Path("results", studies.pop())


def _extract(file: zipfile.ZipFile, name: str, path: Path) -> str:
    """Write one file and give its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with file.open(name) as source, path.open("wb") as target:
        _copy(source, target, digest)
    return digest.hexdigest()


def _copy(source: IO[bytes], target: IO[bytes], digest: Any) -> None:
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder on the file system of `root`, deleted with what is left in it."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=".archive_", dir=root))
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        raise RoteError(f"cannot write into {root}: {error.strerror}. Make room or correct the permissions.") from error
