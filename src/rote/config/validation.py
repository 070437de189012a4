"""Strict check of a configuration against its schema, with the nearest valid key named."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from rote.config.names import faulty_names, quoted
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
        If the file is missing, is no YAML or holds something else than a mapping.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"the configuration {path} does not exist. Check the path after --configfile.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"the configuration {path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"the configuration {path} must hold keys and values, not {type(content).__name__}")
    return content


def completed(given: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration to use: `given` where it names runs, else `given` laid over `default`, key by key.

    A configuration of its own thus never inherits the demo's runs, while ``--config seed=2`` alone changes the demo. A
    study that it leaves out has no runs; what else stands in its section is then of no meaning.
    """
    if "runs" not in given:
        return _overlaid(default, given)
    empty: dict[str, dict[str, Any]] = {
        "training_dynamics": {"runs": {}, "comparisons": {}},
        "class_fitting": {"runs": {}, "comparisons": {}, "scores": {}},
        "memorization": {"estimates": {}, "published": {}},
    }
    return {
        "weights": {},
        "verification": default["verification"],
        **{study: {**default[study], **names} for study, names in empty.items()},
        **given,
    }


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlaid(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def validate(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check a configuration against its schema and its names against one another.

    Parameters
    ----------
    config, schema : mapping
        A whole configuration; the JSON schema of ``config/schema``.

    Raises
    ------
    ConfigError
        One message that names every faulty key, where it stands, and the nearest valid key or the values allowed.
    """
    faults = [*faulty_names(config), *map(_explained, Draft202012Validator(schema).iter_errors(config))]
    if not faults:
        faults = [*_faulty_data_sets(config), *_unknown_names(config)]
    if faults:
        raise ConfigError("the configuration cannot be used:\n" + "\n".join(f"  - {fault}" for fault in faults))


def _explained(error: ValidationError) -> str:
    inner = best_match([error])
    while inner.context:  # of the alternatives, explain the one that fits best
        inner = best_match(inner.context)
    where = ".".join(map(str, inner.absolute_path)) or "the top level"
    if inner.validator == "additionalProperties":
        known = list(inner.schema.get("properties", ()))
        return "; ".join(
            f"{where}: unknown key {key!r}{_nearest(key, known)}" for key in inner.instance if key not in known
        )
    if inner.validator == "enum":
        return f"{where}: {inner.instance!r} is not known{_nearest(inner.instance, inner.validator_value)}"
    if inner.validator == "type" and "string" in inner.validator_value and not isinstance(inner.instance, dict | list):
        return f"{where}: {inner.message}. {quoted(inner.instance)}"
    return f"{where}: {inner.message}"


def _nearest(word: Any, known: Iterable[Any]) -> str:
    names = [str(name) for name in known]
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else f" (known are: {', '.join(names)})"


# Modules of src/rote/data/datasets.
PUBLISHED = (
    *("cifar10", "cifar100", "digits", "fashion_mnist", "mini_imagenet", "mnist", "spheres", "svhn"),
    "tiny_imagenet",
)
# Options of data of one's own, by kind: fields of src/rote/data/kinds.
OWN = {
    "image_folder": ("path", "size", "test_share", "split_seed", "class_names"),
    "arrays": ("path", "size", "test_share", "split_seed", "class_names", "range"),
}


def _faulty_data_sets(config: Mapping[str, Any]) -> Iterable[str]:
    """Data sets that are neither published nor say where they lie, and options that their kind does not have."""
    for name, options in config["datasets"].items():
        kind = options.get("kind")
        if kind is None and (own := sorted({"path", *OWN["arrays"]} & options.keys() - {"size", "split_seed"})):
            yield f"datasets.{name}: {own[0]!r} is for data of your own, which need a kind, one of {', '.join(OWN)}"
        elif kind is None and name not in PUBLISHED:
            remedy = f"Data of your own need a kind ({', '.join(OWN)}) and a path"
            yield f"datasets: {name!r} is no published data set{_nearest(name, PUBLISHED)}. {remedy}"
        elif kind is not None and "path" not in options:
            yield f"datasets.{name}: the kind {kind!r} needs a path"
        for key in () if kind is None else options:
            if key not in ("kind", *OWN[kind]):
                yield f"datasets.{name}: {key!r} is no option of the kind {kind!r}{_nearest(key, OWN[kind])}"
        low, high = options.get("range", (0, 1))
        if not low < high:
            yield f"datasets.{name}.range: write the least value first, not {[low, high]}"


def _unknown_names(config: Mapping[str, Any]) -> Iterable[str]:
    """References to data sets, labels, architectures, recipes, weights, runs and sets that nothing defines."""
    sections = {"dataset": "datasets", "labels": "labels", "architecture": "architectures", "recipe": "recipes"}
    trained = {"runs": config["runs"], "memorization.estimates": config["memorization"]["estimates"]}
    for where, name, run in ((where, name, run) for where, named in trained.items() for name, run in named.items()):
        for key, section in sections.items():
            if run[key] not in config[section]:
                nearest = _nearest(run[key], config[section])
                yield f"{where}.{name}.{key}: {run[key]!r} does not stand under {section!r}{nearest}"
        weights = run.get("starting_weights")
        if weights is not None and weights not in config["weights"]:
            nearest = _nearest(weights, config["weights"])
            yield f"runs.{name}.starting_weights: {weights!r} does not stand under 'weights'{nearest}"
    for name, weights in config["weights"].items():
        architecture = weights["architecture"]
        if architecture not in config["architectures"]:
            nearest = _nearest(architecture, config["architectures"])
            yield f"weights.{name}.architecture: {architecture!r} does not stand under 'architectures'{nearest}"
    yield from _unknown_scores(config)
    yield from _empty_or_single_batches(config)
    yield from _unknown_runs(config, "training_dynamics", "images")
    yield from _unknown_runs(config, "class_fitting", "representations")
    for name, representations in config["class_fitting"]["representations"].items():
        for tap in set(representations["compared"]) - set(representations["taps"]):
            where = f"class_fitting.representations.{name}.compared"
            yield f"{where}: {tap!r} does not stand under its taps{_nearest(tap, representations['taps'])}"


# Modules of src/rote/models with batch normalisation, which has no variance from a single example.
NORMALISED = frozenset({"plain_convolutional", "preactivation_resnet18", "resnet"})


def _empty_or_single_batches(config: Mapping[str, Any]) -> Iterable[str]:
    """Recipes that a network cannot be trained by, as far as this is known before the data are."""
    trained = {"runs": config["runs"], "memorization.estimates": config["memorization"]["estimates"]}
    for where, name, run in ((where, name, run) for where, named in trained.items() for name, run in named.items()):
        recipe = config["recipes"].get(run["recipe"])
        architecture = config["architectures"].get(run["architecture"], {"name": None})["name"]
        if recipe is None:
            continue
        size, n, dropped = recipe["batch_size"], run.get("subset"), recipe.get("drop_last", False)
        faulty = f"{where}.{name}: recipes.{run['recipe']} has a batch_size of {size}, and"
        if n is not None and n < size and dropped:
            yield f"{faulty} a subset of {n} does not fill it: lower it, or set drop_last to false"
        elif architecture in NORMALISED and 1 in (size, n):
            yield f"{faulty} batch normalisation needs 2 examples or more in a batch: raise batch_size or subset"
        elif architecture in NORMALISED and n is not None and n % size == 1 and not dropped:
            yield f"{faulty} of a subset of {n} one is left for the last: set drop_last or another batch_size or subset"


def _unknown_scores(config: Mapping[str, Any]) -> Iterable[str]:
    """References to published or estimated scores, and of these to runs and data sets, that nothing defines."""
    estimates, published = (config["memorization"][key] for key in ("estimates", "published"))
    for name in estimates.keys() & published.keys():
        yield f"memorization: {name!r} stands under estimates and under published; give one of them another name"
    for name, scores in published.items():
        if (dataset := scores["dataset"]) not in config["datasets"]:
            nearest = _nearest(dataset, config["datasets"])
            yield f"memorization.published.{name}.dataset: {dataset!r} does not stand under 'datasets'{nearest}"
    for name, trials in estimates.items():
        for reference in trials.get("compared_with", ()):
            where = f"memorization.estimates.{name}.compared_with: {reference!r}"
            if reference not in published:
                yield f"{where} does not stand under memorization.published{_nearest(reference, published)}"
            elif published[reference]["dataset"] != trials["dataset"]:
                yield f"{where} is of another data set"
    protocols = config["class_fitting"]["protocols"]
    for protocol in set(config["class_fitting"]["density_bins"]["protocols"]) - protocols.keys():
        yield f"class_fitting.density_bins.protocols: {protocol!r} does not stand under class_fitting.protocols"
    runs, known = config["class_fitting"]["runs"], {**estimates, **published}
    for run, name in config["class_fitting"]["scores"].items():
        where = f"class_fitting.scores.{run}"
        if run not in runs:
            yield f"{where}: {run!r} must also stand under class_fitting.runs{_nearest(run, runs)}"
        elif name not in known:
            yield f"{where}: {name!r} does not stand under memorization.estimates or published{_nearest(name, known)}"
        elif run in config["runs"] and known[name]["dataset"] != config["runs"][run]["dataset"]:
            yield f"{where}: {name!r} is of another data set than the run"


def _unknown_runs(config: Mapping[str, Any], section: str, sets: str) -> Iterable[str]:
    """References of a study to runs, and of its runs to the study's named sets, that nothing defines."""
    study = config[section]
    for run, name in study["runs"].items():
        if name not in study[sets]:
            yield f"{section}.runs.{run}: {name!r} does not stand under {section}.{sets}{_nearest(name, study[sets])}"
    named = {f"comparisons.{name}.runs": comparison["runs"] for name, comparison in study["comparisons"].items()}
    for where, runs in ({"runs": study["runs"]} | named).items():
        for run in runs:
            if run not in config["runs"]:
                yield f"{section}.{where}: no run is called {run!r}{_nearest(run, config['runs'])}"
            elif run not in study["runs"]:
                yield f"{section}.{where}: {run!r} must also stand under {section}.runs"
