"""Published files, found on disk or downloaded, and verified."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rote import tables
from rote.data.archives import download, measure
from rote.data.dataset import Source, configured
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.tables.data import SOURCES

Form = tuple[Source, ...]


def fetch(
    name: str,
    options: Mapping[str, Any] | None = None,
    *,
    data_root: Path | None,
    folder: Path,
    job: Job,
    manifest: Path,
) -> None:
    """Find or download a data set's files, verify them and write down where they lie.

    Parameters
    ----------
    name : str
        Name of the data set.
    options : mapping, optional
        Its options, of which kind and path of data of one's own say where they lie.
    data_root : Path or None
        Folder with copies already on disk, in torchvision's layout. It is only read.
    folder : Path
        Where downloads go.
    job : Job
    manifest : Path
        The table to write (`rote.tables.data.SOURCES`), without rows if the data set is made on the spot.

    Raises
    ------
    ConfigError
        If there is no such data set, or `data_root` is not a folder.
    DataError
        If a file is damaged, incomplete or neither on disk nor to be had.
    RoteError
        If a download or the manifest cannot be written.
    """
    if data_root is not None and not data_root.is_dir():
        raise ConfigError(f"data_root is {data_root}, which is not a folder: correct it or leave it out.")
    data_set = configured(name, options)
    roots = [folder] if data_root is None else [data_root, folder]
    form, root = _found(data_set.forms, roots) or (_downloaded(name, data_set.forms, roots), folder)
    rows = [_verified(source, root / source.path) for source in form]
    data_set.check({source.path: root / source.path for source in form})
    columns = {column.name: [row[column.name] for row in rows] for column in SOURCES.columns}
    tables.write(manifest, SOURCES, columns, job.recorded())


def files(manifest: Path) -> dict[str, Path]:
    """Where a data set's files lie, after verifying that they are still the ones that were fetched.

    Parameters
    ----------
    manifest : Path
        Table that `fetch` wrote.

    Returns
    -------
    dict of str to Path
        By path in the published layout.

    Raises
    ------
    TableError
        If the manifest is missing or damaged.
    DataError
        If a file has gone or changed.
    """
    rows = tables.read(manifest, SOURCES).to_pylist()
    for row in rows:
        path = Path(row["path"])
        if not path.exists() or measure(path, row["algorithm"]) != (row["bytes"], row["checksum"]):
            raise DataError(f"{path} has gone or changed since it was verified. Delete {manifest} and run again.")
    return {row["file"]: Path(row["path"]) for row in rows}


def _found(forms: tuple[Form, ...], roots: list[Path]) -> tuple[Form, Path] | None:
    """The first form that lies complete below one of the roots; the empty form if there is nothing to find."""
    for root in roots:
        for form in forms or ((),):
            if all((root / source.path).exists() for source in form):
                return form, root
    return None


def _downloaded(name: str, forms: tuple[Form, ...], roots: list[Path]) -> Form:
    folder = roots[-1]
    missing = " or ".join(", ".join(source.path for source in form) for form in forms)
    absent = f"data set {name!r} is not on disk: looked for {missing} in {' and '.join(map(str, roots))}"
    remedy = "Set data_root in the config to a folder that holds a copy"
    offered = [form for form in forms if all(source.urls for source in form)]
    if not offered:
        raise DataError(f"{absent}. It cannot be downloaded without asking its publisher. {remedy}.")
    for source in offered[0]:
        if not (folder / source.path).exists():
            failures = _tried(source, folder / source.path)
            if len(failures) == len(source.urls):
                raise DataError(f"{absent}, and the download failed: {'; '.join(failures)}. {remedy}, or try again.")
    return offered[0]


def _tried(source: Source, target: Path) -> list[str]:
    """Download from the first address that works; the failures before it."""
    failures = []
    for url in source.urls:
        try:
            download(url, target, source.md5)
            break
        except DataError as error:
            failures.append(str(error))
    return failures


def _verified(source: Source, path: Path) -> dict[str, Any]:
    """The manifest's row of a source, after comparing its checksum where one is published."""
    of_folder = "contents" if source.by_contents else "listing"
    algorithm = of_folder if path.is_dir() else "sha256" if source.md5 is None else "md5"
    size, digest = measure(path, algorithm)
    published = source.md5 is not None and algorithm == "md5"
    if published and digest != source.md5:
        raise DataError(
            f"{path} has the md5 checksum {digest}, not the published {source.md5}: it is damaged or incomplete. "
            "Delete it or replace it with a whole copy, then run again."
        )
    return {
        "file": source.path,
        "path": str(path),
        "bytes": size,
        "checksum": digest,
        "algorithm": algorithm,
        "published": published,
    }
