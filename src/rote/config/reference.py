"""The reference of the configuration, written from the schema: ``python -m rote.config.reference``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rote.config.names import RULE
from rote.config.validation import load
from rote.files import replacing

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "config/schema/config.schema.yaml"
README = ROOT / "config/README.md"
INTRODUCTION = f"""# Configuration

`config.yaml` is the full replication, `demo.yaml` the same study in small; `snakemake` takes the demo's where none is
named. A configuration of your own names its own runs:

    source .venv/bin/activate        # the environment that make sets up
    python workflow/run.py --configfile my.yaml --profile profiles/demo

One without `runs` is laid over the demo's, key by key, so `--config seed=2` alone changes the demo. Unknown keys are
errors that name the nearest known one. In YAML write `1.0e-4`: `1e-4` is a text.

Files that a configuration names (data, labels, weights, published scores, `data_root`) are looked for before any work.
Their paths begin at the folder where `snakemake` is called, those of published scores at `data_root`; `~` is your home.

This reference is written from `schema/config.schema.yaml` by `make reference`. NAME stands for a name of your choice:
{RULE}.
Names that differ in letter case alone are refused, since some file systems do not tell them apart.

| key | values | default | meaning |
|---|---|---|---|
"""


def reference(schema: Mapping[str, Any]) -> str:
    """The reference of every key, as Markdown.

    Parameters
    ----------
    schema : mapping
        A JSON schema with a description for every key.

    Returns
    -------
    str
    """
    rows = _rows("", schema, schema["$defs"])
    return INTRODUCTION + "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _rows(path: str, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for key, child in _children(node):
        resolved = _resolved(child, definitions)
        where = f"{path}.{key}" if path else key
        default = resolved.get("default", "")
        yield f"`{where}`", _values(resolved), f"`{_yaml(default)}`" if default != "" else "", resolved["description"]
        yield from _rows(where, resolved, definitions)


def _children(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from node.get("properties", {}).items()
    named = node.get("additionalProperties")
    if isinstance(named, Mapping) and ("properties" in named or "$ref" in named):
        yield "NAME", named


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    below = definitions[reference.removeprefix("#/$defs/")] if reference else {}
    return {**below, **node}


def _values(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{_yaml(value)}`" for value in node["enum"])
    if "anyOf" in node:
        return " or ".join(_values(choice) for choice in node["anyOf"])
    if "const" in node:
        return f"`{_yaml(node['const'])}`"
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    words = {"object": "keys and values", "array": "list", "string": "text", "boolean": "`true`, `false`"}
    return " or ".join(str(words.get(kind, kind)) for kind in kinds) + _bounds(node)


def _bounds(node: Mapping[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return "".join(f", {sign} {node[bound]:g}" for bound, sign in signs.items() if bound in node)


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    with replacing(README) as temporary:
        temporary.write_text(reference(load(SCHEMA)), encoding="utf-8")
