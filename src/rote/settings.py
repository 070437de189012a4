"""Settings from plain values: a mapping becomes one of the dataclasses that `rote.config` declares."""

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MinLen, MultipleOf

from rote.errors import ConfigError
from rote.options import check_choice

T = TypeVar("T")

NUMBERS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a text"}


def parse(form: type[T], given: Any, where: str) -> T:
    """Make a dataclass of a mapping.

    Parameters
    ----------
    form : type
        A dataclass. Its fields may be numbers, texts, literals, tuples, mappings, dataclasses, and unions: of a
        dataclass and None, or of dataclasses told apart by their field ``name``. Bounds are those of its annotations.
    given : mapping
        As YAML gives it: lists stand for tuples, whole numbers may stand for any number.
    where : str
        What the mapping is, for messages: ``"recipe"``.

    Returns
    -------
    form

    Raises
    ------
    ConfigError
        If a key is unknown (the nearest is named) or missing, or a value is of another type or out of its range.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where} must hold keys and values, not {given!r}.")
    hints = get_type_hints(form, include_extras=True)
    names = [field.name for field in fields(form)]  # type: ignore[arg-type]  # T is any dataclass
    for key in given:
        check_choice(f"key of {where}", key, names)
    for field in fields(form):  # type: ignore[arg-type]
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise ConfigError(f"{where} lacks the key {field.name!r}.")
    return form(**{key: _value(hints[key], value, f"{where}.{key}") for key, value in given.items()})


def defaults(form: type) -> dict[str, Any]:
    """Defaults of a dataclass by key, as plain values; keys that must be given, and None, are left out.

    Parameters
    ----------
    form : type
        A dataclass.

    Returns
    -------
    dict
    """
    found = {field.name: field.default for field in fields(form) if field.default is not MISSING}
    found |= {field.name: field.default_factory() for field in fields(form) if field.default_factory is not MISSING}
    return {key: _plain(value) for key, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {key: _plain(inner) for key, inner in vars(value).items() if inner is not None}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is Annotated:
        bare, *bounds = get_args(hint)
        found = _value(bare, value, where)
        for bound in bounds:
            _check_bound(bound, found, where)
        return found
    if get_origin(hint) in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        return _value(_chosen(hint, value, where), value, where)
    if is_dataclass(hint):
        return parse(hint, value, where)  # type: ignore[arg-type]  # a class, not an instance
    if get_origin(hint) is Literal:
        check_choice(where, value, get_args(hint))
        return value
    if get_origin(hint) is Mapping:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where} must hold keys and values, not {value!r}.")
        return value
    if get_origin(hint) is tuple:
        return _sequence(get_args(hint), value, where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint or (hint is float and not math.isfinite(value)):
        raise ConfigError(f"{where} must be {NUMBERS[hint]}, not {value!r}.{_exponent(hint, value)}")
    return value


def _check_bound(bound: Any, value: Any, where: str) -> None:
    match bound:
        case Ge():
            holds, wanted = value >= bound.ge, f"at least {bound.ge}"
        case Gt():
            holds, wanted = value > bound.gt, f"above {bound.gt}"
        case Le():
            holds, wanted = value <= bound.le, f"at most {bound.le}"
        case Lt():
            holds, wanted = value < bound.lt, f"below {bound.lt}"
        case MultipleOf():
            holds, wanted = value % bound.multiple_of == 0, f"a multiple of {bound.multiple_of}"
        case MinLen():
            holds, wanted = len(value) >= bound.min_length, f"{bound.min_length} or more"
        case _:
            raise TypeError(f"{where} has a bound that is not known: {bound}")
    if not holds:
        raise ConfigError(f"{where} must be {wanted}, not {value!r}.")


def _chosen(union: Any, value: Any, where: str) -> Any:
    """The member of a union that a value is meant for."""
    members = [member for member in get_args(union) if member is not type(None)]
    if len(members) == 1:
        return members[0]
    if not all(map(is_dataclass, members)):
        return type(value) if type(value) in members else members[0]
    if not isinstance(value, Mapping) or "name" not in value:
        raise ConfigError(f"{where} needs a name: {', '.join(member.name for member in members)}.")
    by_name = {member.name: member for member in members}
    check_choice(f"{where}.name", value["name"], by_name)
    return by_name[value["name"]]


def _sequence(hints: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, list | tuple) and hints[-1] is Ellipsis:
        hints = hints[:1] * len(value)
    if not isinstance(value, list | tuple) or len(value) != len(hints):
        raise ConfigError(f"{where} must be a list of {len(hints)} values, not {value!r}.")
    return tuple(_value(hint, item, f"{where}[{i}]") for i, (hint, item) in enumerate(zip(hints, value, strict=True)))


def _exponent(hint: Any, value: Any) -> str:
    """Remedy for the YAML trap that 1e-4 is a text and 1.0e-4 a number."""
    if hint is float and isinstance(value, str):
        try:
            return f" Write {float(value)!r} as a number with a point, for example 1.0e-4."
        except ValueError:
            return ""
    return ""
