"""The form of the configuration: types, bounds and keys of every setting, held by pydantic."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from rote.config.faults import Fault, Path, nearest
from rote.config.names import quoted
from rote.config.study import Study

# Keys that have had other names.
RENAMED = {
    "together": "stack_size",
    "starts": "initial_components",
    "most": "max_transitions",
    "sigma": "standard_deviation",
}

# Keys of a section that now stand elsewhere.
MOVED = {
    ("training_dynamics", "images"): "a set of representations has images: see representations in config/README.md",
    ("training_dynamics", "taps"): "a set of representations has taps: write them there",
    ("training_dynamics", "unrelated_initialisations"): "a set of representations has them: write them there",
    ("training_dynamics", "drop_checkpoints"): "this is now a setting of the whole study: write it at the top level",
    ("class_fitting", "representations"): "this key is now called 'reductions': write that instead",
}

# What to do, by the key that is faulty.
REMEDIES = {"kind": ". Data of your own need a kind (image_folder, arrays) and a path"}


@cache
def adapter() -> TypeAdapter[Study]:
    """Pydantic's view of the whole configuration."""
    return TypeAdapter(Study)


def parsed(config: Mapping[str, Any]) -> tuple[Study | None, list[Fault]]:
    """The configuration as an object, or what is wrong with its form.

    Parameters
    ----------
    config : mapping
        Without families, references spelled out.

    Returns
    -------
    tuple of Study or None, and list of Fault
    """
    faults = list(_no_json(config, ()))
    faults += _unnamed(Study, config, ())
    try:
        study = adapter().validate_json(json.dumps(config, default=str, skipkeys=True))
    except ValidationError as error:
        told = [fault.path for fault in faults]
        for one in error.errors(include_url=False):
            fault = _explained(one["type"], one["loc"], one["input"], one.get("ctx", {}), config)
            if fault is not None and not any(fault.path[: len(path)] == path for path in told):
                faults.append(fault)
        return None, faults
    return (None if faults else study), faults


def plain(study: Study) -> dict[str, Any]:
    """A study as mappings, lists, texts and numbers, with every default; what is None is left out."""
    dumped: dict[str, Any] = adapter().dump_python(study, mode="json", exclude_none=True)
    return dumped


def computed_defaults(name: str) -> dict[str, Any]:
    """Plain defaults, by key, of the options of this class that JSON schemas leave out: those that are made anew."""
    options = next(form for form in _classes(Study) if form.__name__ == name)
    made = {field.name: field.default_factory for field in fields(options) if callable(field.default_factory)}
    return {key: _plain(make()) for key, make in made.items()}


def _classes(form: Any) -> Iterator[Any]:
    """Every class of options in a type."""
    if isinstance(form, type) and is_dataclass(form):
        yield form
        for inner in _hints(form).values():
            yield from _classes(inner)
    for inner in get_args(form):
        yield from _classes(inner)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        usual = {field.name: field.default for field in fields(value)}
        usual |= {field.name: field.default_factory() for field in fields(value) if callable(field.default_factory)}
        return {key: _plain(inner) for key, inner in vars(value).items() if inner != usual[key]}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _no_json(value: Any, path: Path) -> Iterator[Fault]:
    """What JSON cannot say: keys that are no texts, and values that are none of texts, numbers, true and false."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield Fault(path, f"the name {key!r} is no text. {quoted(key)}")
            yield from _no_json(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _no_json(inner, (*path, place))
    elif not isinstance(value, str | int | float | None):
        yield Fault(path, f"{value} is given. {quoted(value)}")


# Unions: options told apart by name or kind


def _unnamed(form: Any, value: Any, path: Path) -> Iterator[Fault]:
    """Options whose name or kind is none that is known."""
    form = _bare(form)
    if members := _named_members(form):
        tag, names = _tag(members[0])[0], [_tag(member)[1] for member in members]
        if isinstance(value, Mapping) and value.get(tag) not in names:
            given = f"{value[tag]!r} is not known" if tag in value else "it is missing, and says what is meant"
            yield Fault((*path, tag), given + nearest(value.get(tag), names) + REMEDIES.get(tag, ""))
        return
    if not isinstance(value, Mapping):
        return
    if isinstance(form, type) and is_dataclass(form):
        hints = _hints(form)
        for key, inner in value.items():
            if key in hints:
                yield from _unnamed(hints[key], inner, (*path, key))
    elif get_origin(form) is not None and _is_mapping(form):
        for key, inner in value.items():
            yield from _unnamed(get_args(form)[1], inner, (*path, key))


def _is_mapping(form: Any) -> bool:
    """Whether a type is a mapping of any names."""
    origin = get_origin(form)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _bare(form: Any) -> Any:
    """A type without its bounds, and without None beside it."""
    if get_origin(form) is Annotated:
        return _bare(get_args(form)[0])
    if get_origin(form) in (Union, UnionType):
        members = [member for member in get_args(form) if member is not type(None)]
        if len(members) == 1:
            return _bare(members[0])
    return form


def _named_members(form: Any) -> tuple[type, ...]:
    """Members of a union of options, none of another type."""
    members = get_args(form) if get_origin(form) in (Union, UnionType) else ()
    return members if members and all(map(is_dataclass, members)) else ()


def _tag(member: type) -> tuple[str, str]:
    """The key that tells an option from others, the first of its class (name, kind), and its value."""
    tag, *_ = fields(member)
    return tag.name, str(tag.default)


@cache
def _hints(form: type) -> dict[str, Any]:
    hints = get_type_hints(form, include_extras=True)
    return {field.name: hints[field.name] for field in fields(form)}


# Pydantic's errors in our words


@dataclass(frozen=True)
class _Place:
    """Where an error lies: keys as the configuration has them, and the type of the value there."""

    path: Path
    form: Any


def _explained(kind: str, location: Sequence[Any], given: Any, context: Mapping[str, Any], config: Any) -> Fault | None:
    place = _placed(location, config)
    if place is None:
        return None
    *above, key = place.path or ("",)
    match kind:
        case "unexpected_keyword_argument":
            owner = _placed(location[:-1], config)
            valid = list(_hints(owner.form)) if owner and isinstance(owner.form, type) else []
            if (told := MOVED.get(place.path)) is not None:
                return Fault(place.path, told)
            if RENAMED.get(key) in valid:
                return Fault(place.path, f"this key is now called {RENAMED[key]!r}: write that instead")
            return Fault(tuple(above), f"unknown key {key!r}{nearest(key, valid)}", at=place.path)
        case "missing":
            return Fault(tuple(above), f"the key {key!r} is missing")
        case "literal_error" if location[-1] != key and "literal" in str(location[-1]) and not isinstance(key, int):
            return Fault(place.path, f"{given!r} is given: write {get_args(place.form)[0]}, or a list as in [{given}]")
        case "literal_error":
            return Fault(place.path, f"{given!r} is not known{nearest(given, get_args(place.form))}")
    return Fault(place.path, f"{_said(given)} is given, and {_wanted(kind, context)}{_remedy(given, kind)}")


def _placed(location: Sequence[Any], config: Any) -> _Place | None:
    """The place of an error, None for one that concerns another member of a union than the one that is meant."""
    path: Path = ()
    form: Any = Study
    value = config
    for step in location:
        form = _bare(form)
        if members := _named_members(form):
            if not isinstance(value, Mapping):
                return _Place(path, form)
            form = next((member for member in members if member.__name__ == step), None)
            if form is None:
                return None
            tag, name = _tag(form)
            if value.get(tag) != name:
                return None
        elif get_origin(form) in (Union, UnionType):
            member = next((member for member in get_args(form) if _suits(member, value)), None)
            if member is None:
                return _Place(path, form) if step == location[-1] else None
            if not _is_label(step, member):
                return None
            form = member
        elif location[-1] == "[key]" and step == location[-2]:
            return _Place((*path, step), get_args(form)[0])
        else:
            path = (*path, step)
            value = _inside(value, step)
            form = _form_inside(form, step)
    return _Place(path, _bare(form))


def _suits(member: Any, value: Any) -> bool:
    """Whether a value of this kind can only be meant for this member of a union."""
    bare = _bare(member)
    if get_origin(bare) is tuple:
        return isinstance(value, list)
    if _is_mapping(bare):
        return isinstance(value, Mapping)
    if get_origin(bare) is Literal or bare is str:
        return isinstance(value, str)
    return bare in (int, float) and isinstance(value, int | float)


def _is_label(step: Any, member: Any) -> bool:
    """Whether pydantic calls a member of a union so."""
    bare = _bare(member)
    if _is_mapping(bare):
        return str(step).startswith("dict")
    if get_origin(bare) in (Literal, tuple):
        return str(step).startswith("literal" if get_origin(bare) is Literal else "tuple")
    return step in (bare.__name__, f"constrained-{bare.__name__}")


def _inside(value: Any, step: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _form_inside(form: Any, step: Any) -> Any:
    if isinstance(form, type) and is_dataclass(form):
        return _hints(form).get(step)
    if _is_mapping(form):
        return get_args(form)[1]
    if get_origin(form) is tuple:
        items = get_args(form)
        return items[0] if items[-1] is Ellipsis or not isinstance(step, int) else items[min(step, len(items) - 1)]
    return None


def _said(given: Any) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, dict | list):
        return "a list" if isinstance(given, list) else "keys and values"
    return repr(given)


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    bounds = {
        "greater_than_equal": "it must be at least {ge:g}",
        "greater_than": "it must be above {gt:g}",
        "less_than_equal": "it must be at most {le:g}",
        "less_than": "it must be below {lt:g}",
        "multiple_of": "it must be a multiple of {multiple_of:g}",
        "too_short": "at least {min_length} must be named",
        "too_long": "there must be {max_length}",
    }
    kinds = {
        "int": "a whole number is wanted",
        "float": "a number is wanted",
        "finite": "a finite number is wanted",
        "bool": "true or false is wanted",
        "string": "a text is wanted",
        "tuple": "a list is wanted",
        "list": "a list is wanted",
        "dataclass": "keys and values are wanted",
        "dict": "keys and values are wanted",
        "mapping": "keys and values are wanted",
    }
    if kind in bounds:
        return bounds[kind].format(**context)
    return kinds.get(kind.split("_")[0], "another form is wanted")


def _remedy(given: Any, kind: str) -> str:
    if isinstance(given, str) and kind.startswith(("float", "int")):
        try:
            number = float(given)
        except ValueError:
            return ""
        mantissa, mark, exponent = given.partition("e")
        written = f"{mantissa}.0e{exponent}" if mark and "." not in mantissa else f"{number:g}"
        return f". YAML reads it as text: write {written}"
    if kind.startswith("string") and not isinstance(given, dict | list):
        return f". {quoted(given)}"
    if given is None and kind.startswith(("dataclass", "dict", "mapping")):
        return ": write {} for the defaults, or leave the key out"
    return ""
