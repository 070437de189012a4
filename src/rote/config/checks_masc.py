"""What the study of latent generalization names must be there, and fit."""

from collections.abc import Iterator
from typing import Any

from rote.config.checks_shared import unknown_name, unknown_run
from rote.config.faults import Fault, Path, nearest
from rote.config.masc import LatentExperiment
from rote.config.study import Study
from rote.config.taps import known_taps


def names_of_masc(study: Study) -> Iterator[Fault]:
    """Runs and labels that experiments name and that are not there, or are of several kinds."""
    earlier: dict[str, LatentExperiment] = {}
    for name, experiment in study.masc.experiments.items():
        path: Path = ("masc", "experiments", name)
        for run in experiment.runs:
            yield from unknown_run(study, run, (*path, "runs"))
            for key in ("reversed", "taps"):
                if getattr(earlier.setdefault(run, experiment), key) != getattr(experiment, key):
                    says = f"{run!r} stands in another experiment with others: a run is measured once"
                    yield Fault((*path, key), says)
        runs = [study.runs[run] for run in experiment.runs if run in study.runs]
        for key in ("dataset", "labels", "architecture", "recipe", "subset"):
            if len({getattr(run, key) for run in runs}) > 1:
                yield Fault(
                    (*path, "runs"),
                    f"they differ in their {key}, and an experiment is of several seeds alone: name others",
                )
        if experiment.reversed is not None:
            yield from _reversed(study, experiment, path)


def _reversed(study: Study, experiment: LatentExperiment, path: Path) -> Iterator[Fault]:
    where = (*path, "reversed")
    yield from unknown_name(experiment.reversed or "", study.labels, "labels", where)
    for run in (study.runs[run] for run in experiment.runs if run in study.runs):
        trained = study.labels.get(run.labels)
        if trained is not None and (trained.fraction or trained.file):
            yield Fault(where, "its networks are trained on corrupted labels: reverse those of true ones")
            return


def lists_of_masc(study: Study) -> Iterator[Fault]:
    """Settings in which a value stands twice, and components that say two things or nothing."""
    keys = ("taps", "epochs", "components", "labellings", "baselines")
    lists: dict[Path, Any] = {("masc", key): getattr(study.masc, key) for key in keys}
    lists |= {("masc", "experiments", name, "taps"): one.taps for name, one in study.masc.experiments.items()}
    for path, given in lists.items():
        if isinstance(given, tuple) and len(set(given)) < len(given):
            yield Fault(path, "one stands twice: delete one of them")
    for place, size in enumerate(study.masc.components):
        if (size.share is None) == (size.number is None):
            yield Fault(("masc", "components", str(place)), "give {share: …} or {number: …}, one of the two")
    epochs = study.masc.epochs
    if isinstance(epochs, tuple) and not {"first", "last"} <= set(epochs):
        says = "claims are of the last network, and the first, untrained one is their control: write both words"
        yield Fault(("masc", "epochs"), says)


def taps_of_masc(study: Study) -> Iterator[Fault]:
    """Taps that an architecture of an experiment does not have."""
    found: dict[tuple[Path, str, str], None] = {}  # each once, of however many runs
    for name, experiment in study.masc.experiments.items():
        own = experiment.taps is not None
        path: Path = ("masc", "experiments", name, "taps") if own else ("masc", "taps")
        taps = experiment.taps if own else study.masc.taps
        for run in experiment.runs:
            found |= {(path, study.runs[run].architecture, tap): None for tap in taps or () if taps != "all"}
    for path, called, tap in found:
        known = known_taps(study.architectures[called])
        if tap not in known:
            yield Fault(path, f"{tap!r} is no tap of architectures.{called}{nearest(tap, known)}")


def epochs_of_masc(study: Study) -> Iterator[Fault]:
    """Epochs that no training of the experiments comes to."""
    given = study.masc.epochs
    epochs = [epoch for epoch in (given if isinstance(given, tuple) else ()) if isinstance(epoch, int)]
    runs = [run for one in study.masc.experiments.values() for run in one.runs]
    for recipe in dict.fromkeys(study.runs[run].recipe for run in runs):
        if late := [epoch for epoch in epochs if epoch > study.recipes[recipe].epochs]:
            says = f"{late[0]} is given, and recipes.{recipe} ends before: name an earlier one"
            yield Fault(("masc", "epochs"), says)
