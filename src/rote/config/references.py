"""References to runs: a name, a family's name, or a pattern with ``*``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from rote.config import sets
from rote.config.faults import Fault, Path
from rote.config.geometry import Experiment, Geometry, Widths
from rote.config.stitching import Repetition

# Where studies name runs, each with an entry of another section.
WITH_SETS = (("training_dynamics", "runs"), ("class_fitting", "runs"))
COMPARISONS = (
    ("training_dynamics", "comparisons"),
    ("class_fitting", "comparisons"),
    ("geometry", "experiments"),
    ("geometry", "double_descent"),
    ("masc", "experiments"),
)
SCORES = ("class_fitting", "scores")


def spelled_out(
    config: Mapping[str, Any], runs: Iterable[str], members: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[Fault]]:
    """The configuration with every reference to runs replaced by their names.

    Parameters
    ----------
    config : mapping
        A configuration that need not be valid: what has another form than a reference stays.
    runs : iterable of str
        All runs, in order.
    members : mapping
        Names of each family's runs.

    Returns
    -------
    tuple of dict and list of Fault
        The configuration, and the patterns that match no run.
    """
    names, faults = [name for name in runs if isinstance(name, str)], []

    def resolved(reference: Any, path: Path) -> list[Any]:
        if reference in members:
            return list(members[reference])
        if not isinstance(reference, str) or "*" not in reference:
            return [reference]
        found = [name for name in names if fnmatchcase(name, reference)]
        if not found:
            faults.append(Fault(path, f"no run's name matches {reference!r}: runs are {', '.join(names) or 'none'}"))
        return found

    def with_set(value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {name: kept for key, kept in value.items() for name in resolved(key, (*path, key))}
        if not isinstance(value, str | list):
            return value
        section, choice = _choice(config, path[0])
        if len(choice) != 1:
            says = f"name one of {section} for each run, as in {{NAME: {choice[0] if choice else section}}}"
            faults.append(Fault(path, f"{says}: there {'are several' if choice else 'is none'}"))
        named = [value] if isinstance(value, str) else value
        return {name: choice[0] if choice else "" for key in named for name in resolved(key, path)}

    def in_list(value: Any, path: Path) -> Any:
        if not isinstance(value, str | list):
            return value
        named = [value] if isinstance(value, str) else value
        return list(dict.fromkeys(name for key in named for name in resolved(key, path)))

    whole = dict(config)
    for path in (*WITH_SETS, SCORES):
        study, key = path
        if isinstance(whole.get(study), Mapping) and key in whole[study]:
            if path == SCORES and not isinstance(whole[study][key], Mapping):
                continue
            whole[study] = {**whole[study], key: with_set(whole[study][key], path)}
    for study, section in COMPARISONS:
        entries = whole[study].get(section) if isinstance(whole.get(study), Mapping) else None
        if isinstance(entries, Mapping):
            path = (study, section)
            whole[study] = {
                **whole[study],
                section: {
                    name: {**entry, "runs": in_list(entry["runs"], (*path, name, "runs"))}
                    if isinstance(entry, Mapping) and "runs" in entry
                    else entry
                    for name, entry in entries.items()
                },
            }
    stitching = whole.get("stitching")
    experiments = stitching.get("experiments") if isinstance(stitching, Mapping) else None
    if isinstance(stitching, Mapping) and isinstance(experiments, Mapping):
        path = ("stitching", "experiments")
        spelled = {name: _with_noisy(entry, (*path, name), in_list) for name, entry in experiments.items()}
        whole["stitching"] = {**stitching, "experiments": spelled}
    return whole, faults


def _with_noisy(experiment: Any, path: Path, in_list: Callable[[Any, Path], Any]) -> Any:
    """A stitching experiment with the noisy runs of its repetitions spelled out."""
    repetitions = experiment.get("repetitions") if isinstance(experiment, Mapping) else None
    if not isinstance(repetitions, Mapping):
        return experiment
    spelled = {
        name: {**one, "noisy": in_list(one["noisy"], (*path, "repetitions", name, "noisy"))}
        if isinstance(one, Mapping) and "noisy" in one
        else one
        for name, one in repetitions.items()
    }
    return {**experiment, "repetitions": spelled}


def _choice(config: Mapping[str, Any], study: str) -> tuple[str, list[str]]:
    """What a study's runs may be named with, and where that stands."""
    if study == "training_dynamics":
        return "representations", sets.named(config, sets.GRAM_ROWS)
    reductions = config[study].get("reductions")
    return f"{study}.reductions", list(reductions) if isinstance(reductions, Mapping) else []


def measured(geometry: Geometry) -> dict[tuple[str, str], Experiment | Widths]:
    """What names runs and may name a set of manifolds of theirs, by its section and name."""
    return {
        **{("experiments", name): one for name, one in geometry.experiments.items()},
        **{("double_descent", name): one for name, one in geometry.double_descent.items()},
    }


def named_runs(repetition: Repetition) -> dict[str, tuple[str, ...]]:
    """Runs of a repetition by the key that names them, references being spelled out."""
    assert not isinstance(repetition.noisy, str)
    return {"clean": (repetition.clean,), "second_clean": (repetition.second_clean,), "noisy": repetition.noisy}
