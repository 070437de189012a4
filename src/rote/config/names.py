"""What may be a name: names become parts of paths, and match in patterns, on every file system."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rote.config.faults import Fault

LONGEST = 100  # characters: file systems hold 255 bytes, and names stand beside other parts
RULE = f"letters (a to z), digits, '_', '-' and single '.', a letter or digit first, at most {LONGEST} characters"
VALID = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.-]*")

# Sections whose keys are names of the user's choice. Those of one group lie in one folder of the results.
GROUPS = (
    ("datasets",),
    ("labels",),
    ("architectures",),
    ("recipes",),
    ("runs",),
    ("weights",),
    ("representations",),
    ("training_dynamics.comparisons",),
    ("class_fitting.reductions",),
    ("class_fitting.comparisons",),
    ("geometry.experiments",),
    ("geometry.label_noise",),
    ("geometry.double_descent",),
    ("stitching.experiments",),
    ("masc.experiments",),
    ("memorization.published", "memorization.estimates"),
)


def faulty_names(config: Mapping[str, Any]) -> Iterator[Fault]:
    """Names that cannot be used, each with what to write instead.

    Parameters
    ----------
    config : mapping
        A configuration that need not be valid otherwise: what is no mapping has no names.

    Yields
    ------
    Fault
        One for each name that is no text or breaks the rule, and for names that differ by letter case alone,
        which would be one file on a file system that ignores case.
    """
    if isinstance(config.get("name"), str):
        yield from _faults("name", [config["name"]])
    runs = config.get("runs")
    for run in runs.values() if isinstance(runs, Mapping) else ():
        if isinstance(run, Mapping) and isinstance(run.get("stack"), str):
            yield from _faults("runs", [run["stack"]])
    for sections in GROUPS:
        alike: dict[str, set[str]] = defaultdict(set)
        for section in sections:
            names = _section(config, section)
            yield from _faults(section, names)
            for name in map(str, names):
                alike[name.casefold()].add(name)
        for same in alike.values():
            if len(same) > 1:
                names = " and ".join(map(repr, sorted(same)))
                says = f"{names} differ in letter case alone: give one of them another name"
                yield Fault((" and ".join(sections),), says)


def quoted(value: Any) -> str:
    """What to say of a value that YAML does not read as text, where text is wanted."""
    kinds = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}
    kind = kinds.get(type(value), f"a {type(value).__name__}")
    return f"YAML reads it as {kind}, not as text: put it into quotes"


def _faults(where: str, names: Iterable[Any]) -> Iterator[Fault]:
    path = tuple(where.split("."))
    for name in names:
        if not isinstance(name, str):
            yield Fault(path, f"the name {name!r} is no text. {quoted(name)}")
        elif not VALID.fullmatch(name) or len(name) > LONGEST:
            yield Fault(path, f"{name!r} cannot be a name. Write {RULE}, such as {_written(name)!r}")


def _written(name: Any) -> str:
    """The nearest text that may be a name."""
    words = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_.-]+", "_", str(name)))
    return words.strip("._-")[:LONGEST] or "a_name"


def _section(config: Mapping[str, Any], path: str) -> Iterable[Any]:
    inner: Any = config
    for key in path.split("."):
        inner = inner.get(key) if isinstance(inner, Mapping) else None
    return inner if isinstance(inner, Mapping) else ()
