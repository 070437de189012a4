"""From what a user gives to the configuration that the rules read: whole, checked, every default filled in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rote.config import families, references, sets
from rote.config.checks import check
from rote.config.dataset import Published
from rote.config.density_model import PROTOCOLS, DensityModel
from rote.config.faults import Fault, Path, refuse
from rote.config.forms import parsed, plain
from rote.config.names import faulty_names
from rote.config.sizes import batch_size
from rote.config.study import Study

TRUE_LABELS = "true_labels"  # of a run that says nothing about its labels


def completed(given: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration to use: `given` where it names runs, else `given` laid over `default`, key by key.

    A configuration of its own thus never inherits the demo's runs, while ``--config seed=2`` alone changes the demo.
    """
    return dict(given) if "runs" in given else _overlaid(default, given)


def resolved(config: Mapping[str, Any], lines: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """The configuration as the rules read it.

    Parameters
    ----------
    config : mapping
        A whole configuration, as YAML has it.
    lines : mapping, optional
        Places of its keys, for messages: see `rote.config.files.places`.

    Returns
    -------
    dict
        Plain values alone: families and patterns spelled out, every default filled in, what is None left out. It is
        resolved itself: to resolve it again changes nothing.

    Raises
    ------
    ConfigError
        One message that names every fault, where it stands, and the nearest valid name or the remedy.
    """
    whole, faults = _spelled_out(config)
    faults += faulty_names(whole)
    faults += [] if faults else _braces(whole, ())
    study, found = parsed(whole)
    faults += found
    if study is not None and not faults:
        faults += check(study)
    refuse(faults, lines)
    assert study is not None
    return _filled_in(plain(study), study, whole)


def _spelled_out(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The configuration without families, patterns and kinds that go without saying."""
    whole, faults = sets.with_sets_of_reductions(sets.with_usual_sets(config))
    if isinstance(whole.get("runs"), Mapping):
        runs = families.expanded(whole["runs"])
        faults += runs.faults
        whole["runs"] = runs.runs
        whole, found = references.spelled_out(whole, runs.runs, runs.members)
        faults += found
    if isinstance(whole.get("datasets"), Mapping):
        whole["datasets"] = {
            name: {"kind": name, **options} if isinstance(options, Mapping) else options
            for name, options in whole["datasets"].items()
        }
    return whole, faults


def _braces(value: Any, path: Path) -> Iterator[Fault]:
    """Texts with braces, which Snakemake would take for wildcards."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _braces(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _braces(inner, (*path, place))
    elif isinstance(value, str) and re.search(r"[{}]", value):
        yield Fault(path, f"{value!r} has braces in it, which stand for an axis of a family of runs: write it without")


def _filled_in(config: dict[str, Any], study: Study, given: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that depend on other values: titles, true labels, batches, options of each protocol's density models."""
    trained = {**config["runs"], **config["memorization"]["estimates"]}
    for name, entry in trained.items():
        entry.setdefault("title", name)
    if any(entry["labels"] == TRUE_LABELS for entry in trained.values()):
        config["labels"].setdefault(TRUE_LABELS, {"count": "exact", "fraction": 0.0, "new_label": "any_class"})
    for name, dataset in study.datasets.items():
        if isinstance(dataset, Published) and dataset.kind == name:
            del config["datasets"][name]["kind"]  # it is the name
    for name, entry in config["representations"].items():
        sets.fill_in(entry)
        images = entry.get("images", {})
        if "batches" in images and "batch_size" not in images and (size := batch_size(study, name)) is not None:
            images["batch_size"] = size
    fitting = given.get("class_fitting", {})
    for protocol, options in config["class_fitting"]["protocols"].items():
        own = fitting.get("protocols", {}).get(protocol, {})
        options.update(_defaults() | dict(PROTOCOLS[protocol]) | fitting.get("sampler", {}) | own)
    return config


def _defaults() -> dict[str, Any]:
    values = {name: value for name, value in vars(DensityModel()).items() if value is not None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlaid(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
