"""Checks of what a configuration asks of a network."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from rote.errors import ConfigError


def check_choice(what: str, value: Any, valid: Collection[Any]) -> None:
    """Refuse a value that is none of the valid ones.

    Parameters
    ----------
    what : str
        What the value is, for the message: ``"stem"``.
    value, valid : object, collection
        The value asked for and those there are.

    Raises
    ------
    ConfigError
        If `value` is not among `valid`; the message names the nearest valid one and lists all.
    """
    if value in valid:
        return
    nearest = get_close_matches(str(value), [str(name) for name in valid], n=1)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    raise ConfigError(f"unknown {what}: {value!r}.{hint} Valid: {', '.join(map(str, valid)) or 'none'}.")


def check_positive(**values: Any) -> None:
    """Refuse a size or count that is not a whole number of at least 1.

    Raises
    ------
    ConfigError
        If one is not; the message names it.
    """
    for name, value in values.items():
        if type(value) is not int or value < 1:
            raise ConfigError(f"{name} must be a whole number of at least 1, not {value!r}.")
