"""Configuration files: YAML, read strictly, with the line of every key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rote.errors import ConfigError


def load(path: str | Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    ConfigError
        If the file is missing, not UTF-8 or not valid YAML, holds a key twice or holds something else than a mapping;
        the message names the line.
    """
    text = _text(path)
    places(path)
    content = yaml.safe_load(text)
    if not isinstance(content, dict):
        raise ConfigError(f"the configuration {path} must hold keys and values, not {type(content).__name__}")
    return content


def places(path: str | Path) -> dict[tuple[Any, ...], str]:
    """File and line of every key, by its path.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        ``{("runs", "first"): "my.yaml:12"}``, lines counted from 1. Keys that YAML does not read as text are left out.

    Raises
    ------
    ConfigError
        As `load`.
    """
    try:
        root = yaml.compose(_text(path), yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or str(error)
        raise ConfigError(
            f"{where}: this is not valid YAML: {what}. Look at this line and the one above it."
        ) from error
    found: dict[tuple[Any, ...], str] = {}
    for keys, line in _keys(root, ()):
        if keys in found:
            name = ".".join(keys)
            raise ConfigError(f"{path}:{line}: {name} is given twice, first in {found[keys]}. Delete one of them.")
        found[keys] = f"{Path(path).name}:{line}"
    return found


def _text(path: str | Path) -> str:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"the configuration {path} does not exist. Check the path after --configfile.") from error
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: this is not UTF-8. Save the file in that encoding.") from error


def _keys(node: yaml.Node | None, above: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Paths of keys with their lines; what `<<` merges and an alias repeats stands where it was written first."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                path = (*above, key.value)
                yield path, key.start_mark.line + 1
                yield from _keys(value, path)
