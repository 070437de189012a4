"""Files from outside: what a configuration names and no job makes."""

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from rote.errors import ConfigError

DOWNLOADS = "data"  # where published scores lie without a data_root


def expanded(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the home folder in place of ``~`` in every path to something from outside.

    Parameters
    ----------
    config : mapping
        A valid configuration; it stays as it is.

    Returns
    -------
    dict
    """
    whole = deepcopy(dict(config))
    for _, holder, key in [*_data_root(whole), *_data(whole), *_files(whole), *_scores(whole)]:
        holder[key] = os.path.expanduser(holder[key])  # noqa: PTH111  # pathlib's raises where there is no home
    return whole


def check_files(config: Mapping[str, Any], *, planned: bool = False) -> None:
    """Look for everything from outside.

    Parameters
    ----------
    config : mapping
        A valid configuration with paths expanded.
    planned : bool
        Whether no job will start: a plan does not need the published scores, which are put into place by hand.

    Raises
    ------
    ConfigError
        One message that names each missing file or folder, its key and the remedy.
    """
    faults = [
        f"{where}: there is no folder {_found(holder[key])}. Correct the path, or write null"
        for where, holder, key in _data_root(config)
        if not Path(holder[key]).is_dir()
    ]
    faults += [
        f"{where}: there is no file or folder {_found(holder[key])}. Correct the path, or put the data there"
        for where, holder, key in _data(config)
        if not Path(holder[key]).exists()
    ]
    faults += [
        f"{where}: there is no file {_found(holder[key])}. Correct the path, or put the file there"
        for where, holder, key in _files(config)
        if not Path(holder[key]).is_file()
    ]
    root = config.get("data_root") or DOWNLOADS
    faults += [
        f"{where}: there is no file {_found(Path(root, holder[key]))}. Put it there, or correct the path or data_root"
        for where, holder, key in ([] if planned else _scores(config))
        if not Path(root, holder[key]).is_file()
    ]
    if faults:
        raise ConfigError("the configuration names what is not there:\n" + "\n".join(f"  - {one}" for one in faults))


Paths = Iterator[tuple[str, Any, str]]  # of each path its key's full name, the mapping that holds it, and the key there


def _data_root(config: Mapping[str, Any]) -> Paths:
    if config.get("data_root") is not None:
        yield "data_root", config, "data_root"


def _data(config: Mapping[str, Any]) -> Paths:
    for name, entry in config["datasets"].items():
        if "path" in entry:
            yield f"datasets.{name}.path", entry, "path"


def _files(config: Mapping[str, Any]) -> Paths:
    for section, key in (("labels", "file"), ("weights", "copy")):
        for name, entry in config[section].items():
            if key in entry:
                yield f"{section}.{name}.{key}", entry, key


def _scores(config: Mapping[str, Any]) -> Paths:
    for name, entry in config["memorization"]["published"].items():
        yield f"memorization.published.{name}.file", entry, "file"


def _found(path: str | Path) -> str:
    """A path as given, and in full where it depends on the working directory."""
    return str(path) if Path(path).is_absolute() else f"{path} ({Path(path).absolute()})"
