"""Families of runs: one entry with axes becomes a run for each combination of their values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from rote.config.faults import Fault, nearest
from rote.config.run import Run

PLACE = re.compile(r"\{(\w+)(:percent)?\}")
KEYS = frozenset(field.name for field in fields(Run)) - {"axes", "name"}


@dataclass(frozen=True)
class Expanded:
    """Runs without axes, in the order of the configuration.

    Attributes
    ----------
    runs : dict
        Entries by name; an entry that cannot be expanded stays as it is.
    members : dict of str to list of str
        Names of each family's runs.
    family : dict of str to str
        The entry that each member was made from.
    faults : list of Fault
    """

    runs: dict[Any, Any]
    members: dict[str, list[str]]
    family: dict[str, str]
    faults: list[Fault]


def expanded(runs: Mapping[Any, Any]) -> Expanded:
    """Make the members of every family.

    Parameters
    ----------
    runs : mapping
        The section ``runs`` of a configuration that need not be valid.

    Returns
    -------
    Expanded
        Values of a member: a text that is nothing but ``{axis}`` becomes the axis's value, others take it in as ``:g``
        writes it; ``{axis:percent}`` is a hundred times the value.
    """
    found = Expanded({}, {}, {}, [])
    for name, entry in runs.items():
        if not _is_family(entry):
            _add(found, name, entry, None)
            continue
        axes = {axis: range(values) if isinstance(values, int) else values for axis, values in entry["axes"].items()}
        found.faults.extend(_faulty_axes(("runs", name), entry, axes))
        members = found.members.setdefault(name, [])
        for values in product(*axes.values()):
            member, made = _member(name, entry, axes, dict(zip(axes, values, strict=True)))
            members.append(member)
            _add(found, member, made, name)
    return found


def _is_family(entry: Any) -> bool:
    """Whether an entry has axes of the right form; what has others is left to validation."""
    axes = entry.get("axes") if isinstance(entry, Mapping) else None
    return (
        isinstance(axes, Mapping)
        and all(isinstance(axis, str) and _is_axis(values) for axis, values in axes.items())
        and isinstance(entry.get("name", ""), str)
    )


def _is_axis(values: Any) -> bool:
    if isinstance(values, list):
        return bool(values) and all(isinstance(value, int | float | str) for value in values)
    return type(values) is int and values > 0


def _faulty_axes(path: tuple[Any, ...], entry: Mapping[str, Any], axes: Mapping[str, Any]) -> Iterator[Fault]:
    used = {place[1] for text in _texts(entry) for place in PLACE.finditer(text)}
    for axis, values in axes.items():
        if axis in KEYS and axis in entry:
            yield Fault((*path, axis), f"it is given as an axis too: delete one of them, or write {{{axis}}} elsewhere")
        elif axis not in KEYS | used:
            yield Fault((*path, "axes", axis), f"no value has {{{axis}}} in it: write it where the value belongs")
        if len({_written(value) for value in values}) < len(values):
            yield Fault((*path, "axes", axis), f"a value stands twice in {list(values)}: delete one of them")
    for axis in sorted(used - axes.keys()):
        yield Fault(path, f"there is no axis {axis!r} for {{{axis}}}{nearest(axis, axes)}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)


def _member(
    family: str, entry: Mapping[str, Any], axes: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Name and entry of the member with these values."""
    shares = [axis for axis, all_values in axes.items() if _are_shares(all_values)]
    words = {axis: _percent(value) if axis in shares else _written(value) for axis, value in values.items()}
    name = entry.get("name") or "_".join([family, *(f"{axis}_{word}" for axis, word in words.items())])
    title = ", ".join([family, *(f"{axis} {word}{' %' * (axis in shares)}" for axis, word in words.items())])
    filled = {key: _filled(value, values) for key, value in entry.items() if key not in ("axes", "name")}
    of_axes = {axis: value for axis, value in values.items() if axis in KEYS}
    return str(_filled(name, values, as_text=True)), {"title": title, **filled, **of_axes}


def _filled(value: Any, values: Mapping[str, Any], as_text: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(inner, values) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    whole = PLACE.fullmatch(value)
    if whole and not whole[2] and whole[1] in values and not as_text:
        return values[whole[1]]

    def written(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        return _percent(values[place[1]]) if place[2] else _written(values[place[1]])

    return PLACE.sub(written, value)


def _are_shares(values: Any) -> bool:
    """Whether an axis has fractions from 0 to 1, which names give in percent."""
    numbers = all(isinstance(value, int | float) and 0 <= value <= 1 for value in values)
    return numbers and any(isinstance(value, float) for value in values)


def _percent(value: Any) -> str:
    return _written(100 * value) if isinstance(value, int | float) else str(value)


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _add(found: Expanded, name: Any, entry: Any, family: str | None) -> None:
    if name in found.runs:
        whose = f"the family {family!r}" if family else "this entry"
        says = f"two runs bear this name, one of them of {whose}: put every axis into the name, or change it"
        found.faults.append(Fault(("runs", name), says))
    found.runs[name] = entry
    if family is not None:
        found.family[name] = family
