"""What is written from the settings: the reference and the schema for editors. ``python -m rote.config.reference``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rote.config.forms import adapter, computed_defaults
from rote.config.names import RULE
from rote.files import replacing

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "config/schema/config.schema.json"
README = ROOT / "config/README.md"
INTRODUCTION = f"""# Configuration

`config.yaml` is the full replication, `demo.yaml` the same study in small; `snakemake` takes the demo's where none is
named. A configuration of your own names its own runs, and what it leaves out has the default of the table below:

    name: mine
    datasets: {{ digits: {{}} }}
    architectures: {{ small: {{ name: preactivation_resnet18, width: 8 }} }}
    recipes: {{ adam: {{ optimizer: {{ name: adam, learning_rate: 1.0e-3 }}, epochs: 60 }} }}
    runs: {{ first: {{ dataset: digits, architecture: small, recipe: adam }} }}
    training_dynamics: {{ runs: [first] }}

    source .venv/bin/activate        # the environment that make sets up
    python workflow/run.py --configfile my.yaml --profile profiles/demo

One without `runs` is laid over the demo's, key by key, so `--config seed=2` alone changes the demo. All that can be
known before any work starts is checked then, and every fault is told with its place, the nearest valid name and the
remedy. In YAML write `1.0e-4`: `1e-4` is a text. `.venv/bin/python -m rote.config my.yaml` checks a file alone; it
also names the line of a fault in the YAML itself, which Snakemake does not.

**Families.** A run with `axes` stands for many: one for each combination of the axes' values.

    runs:
      digits:
        {{ dataset: digits, architecture: "resnet18_k{{width}}", labels: "noise_{{noise:percent}}", recipe: adam,
          axes: {{ width: [4, 8], noise: [0, 0.2], seed: 3 }} }}

makes twelve, from `digits_width_4_noise_0_seed_0` to `digits_width_8_noise_20_seed_2`. `{{width}}` is the axis's value,
`{{noise:percent}}` a hundred times it; a number n stands for 0 to n − 1; an axis named like a key of a run (`seed`) is
that key. `name` and `title` may be given with axes in them. Wherever a study names runs, it may name a family, or a
pattern such as `"digits_*_seed_0"`. Draws are keyed by a run's name: another name is another network. Runs with the
same `seed_name` and `seed` have the same initial weights and order of examples.

Files that a configuration names (data, labels, weights, published scores, `data_root`) are looked for before any work.
Their paths begin at the folder where `snakemake` is called, those of published scores at `data_root`; `~` is your home.

Editors complete and check a file whose first line is

    # yaml-language-server: $schema=schema/config.schema.json

This reference is written from `src/rote/config` by `make reference`. NAME stands for a name of your choice:
{RULE}.
Names that differ in letter case alone are refused, since some file systems do not tell them apart. A key with ● must be
given where what it belongs to is given.

| key | | values | default | meaning |
|---|---|---|---|---|
"""


def schema() -> dict[str, Any]:
    """The JSON schema of a configuration, as editors use it.

    Returns
    -------
    dict
        What tells options apart (``name``) is required, and a run's values may be texts with axes in them.
    """
    whole = adapter().json_schema()
    for name, node in whole["$defs"].items():
        for key, value in computed_defaults(name).items():
            node["properties"][key]["default"] = value
        if "const" in node["properties"].get("name", {}):
            node["required"] = ["name", *node.get("required", [])]
        if name == "Run":
            for key, value in node["properties"].items():
                if key not in ("axes", "name"):
                    node["properties"][key] = _or_an_axis(value)
    tidied: dict[str, Any] = _tidied(whole)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **tidied}


def written(of: Mapping[str, Any]) -> str:
    """The schema as its file has it."""
    return json.dumps(of, indent=2, ensure_ascii=False) + "\n"


def _or_an_axis(node: dict[str, Any]) -> dict[str, Any]:
    """A value, or a text with the name of an axis."""
    kinds = node.get("anyOf", [{key: node[key] for key in node if key not in ("default", "description", "title")}])
    if any(kind.get("type") == "string" for kind in kinds):
        return node
    kept: dict[str, Any] = {key: node[key] for key in ("default", "description") if key in node}
    return {"anyOf": [*kinds, {"type": "string", "pattern": r"\{\w+"}], **kept}


def _tidied(node: Any) -> Any:
    """Descriptions in one line each, and no titles, which say the key again."""
    if isinstance(node, list):
        return [_tidied(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    return {
        key: " ".join(value.split())
        if key == "description" and isinstance(value, str)
        else {name: _tidied(inner) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else _tidied(value)
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }


def reference(of: Mapping[str, Any]) -> str:
    """The reference of every key, as Markdown.

    Parameters
    ----------
    of : mapping
        The JSON schema, with a description for every key.

    Returns
    -------
    str
    """
    rows = _rows("", of, of["$defs"], {})
    return INTRODUCTION + "".join("| " + " | ".join(row) + " |\n" for row in rows)


Row = tuple[str, str, str, str, str]


def _rows(path: str, node: Mapping[str, Any], definitions: Mapping[str, Any], seen: dict[str, str]) -> Iterator[Row]:
    """Rows of what a mapping holds; `seen` says where the keys of a definition stand already."""
    for key, child, required in _children(node):
        resolved = _resolved(child, definitions)
        where = f"{path}.{key}" if path else key
        default = "" if required else _default(resolved.get("default"))
        of = _reference(child)
        known = seen.get(of)
        values = f"the keys of `{known}`" if known else _values(resolved, definitions)
        yield f"`{where}`", "●" * required, values, default, resolved["description"]
        if known is None:
            seen |= {of: where} if of else {}
            yield from _below(where, resolved, definitions, seen)


def _below(where: str, node: Mapping[str, Any], definitions: Mapping[str, Any], seen: dict[str, str]) -> Iterator[Row]:
    """Rows of what a key holds; of options told apart by name, each with the name."""
    if "properties" in node or "additionalProperties" in node:
        yield from _rows(where, node, definitions, seen)
    for choice in (_resolved(choice, definitions) for choice in node.get("anyOf", ())):
        tag, name = _tag(choice)
        for row in _rows(where, choice, definitions, seen) if name else ():
            if row[0] != f"`{where}.{tag}`":
                yield row[0].replace(f"`{where}.", f"`{where}({name})."), *row[1:]


def _reference(node: Mapping[str, Any]) -> str:
    """The definition that a node refers to, empty if it is none or one of several."""
    references = [kind["$ref"] for kind in [node, *node.get("anyOf", ())] if "$ref" in kind]
    return str(references[0]) if len(references) == 1 else ""


def _children(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    required = node.get("required", ())
    for key, child in node.get("properties", {}).items():
        yield key, child, key in required
    named = node.get("additionalProperties")
    if isinstance(named, Mapping) and ("anyOf" in named or "$ref" in named):
        names = node.get("propertyNames", {}).get("enum")
        for key in names or ["NAME"]:
            yield key, named, False


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A node with what it refers to; of a value or null, the value."""
    reference = node.get("$ref")
    below = definitions[reference.removeprefix("#/$defs/")] if reference else {}
    whole = {**below, **node}
    kinds = [kind for kind in whole.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == 1:
        whole = {**_resolved(kinds[0], definitions), **{key: value for key, value in whole.items() if key != "anyOf"}}
    names = _names(whole, definitions)
    return {"description": f"One of these, told apart by {names[0][0]}." if names else "", **whole}


def _names(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and value that tell each of several options apart."""
    tags = [_tag(_resolved(kind, definitions)) for kind in node.get("anyOf", ())]
    return [(key, value) for key, value in tags if value]


def _tag(node: Mapping[str, Any]) -> tuple[str, str]:
    """Key and value that tell an option apart, empty if it stands alone."""
    keys = node.get("properties", {})
    return next(((key, keys[key]["const"]) for key in ("name", "kind") if "const" in keys.get(key, {})), ("", ""))


def _values(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{_yaml(value)}`" for value in node["enum"])
    if "anyOf" in node:
        if names := _names(node, definitions):
            return ", ".join(f"`{key}: {value}`" for key, value in names)
        kinds = [_resolved(kind, definitions) for kind in node["anyOf"] if kind.get("type") != "null"]
        return " or ".join(dict.fromkeys(_values(kind, definitions) for kind in kinds if "pattern" not in kind))
    if "const" in node:
        return f"`{_yaml(node['const'])}`"
    words = {"object": "keys and values", "array": "list", "string": "text", "boolean": "`true`, `false`"}
    return str(words.get(node["type"], node["type"])) + _bounds(node)


def _bounds(node: Mapping[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return "".join(f", {sign} {node[bound]:g}" for bound, sign in signs.items() if bound in node)


def _default(value: Any) -> str:
    return "" if value in (None, {}, []) else f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    of_editors = schema()
    for path, content in ((SCHEMA, written(of_editors)), (README, reference(of_editors))):
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf-8")
