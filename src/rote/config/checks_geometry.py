"""What the study of manifold geometry names must be there, and fit."""

from collections.abc import Iterator

from rote.config.checks_sets import keeps_the_best
from rote.config.checks_shared import unknown_name, unknown_run
from rote.config.faults import Fault, Path
from rote.config.geometry import Experiment
from rote.config.references import measured
from rote.config.sets import MANIFOLDS
from rote.config.study import Study

MOMENTS = {"first", "best", "last"}
ANALYSES = ("gradients", "rewinding")  # that an experiment asks for by a key of this name


def names_of_experiments(study: Study) -> Iterator[Fault]:
    """Runs and sets of manifolds that experiments and widths name and that are not there."""
    for place, experiment in measured(study.geometry).items():
        path = ("geometry", *place)
        for run in experiment.runs:
            yield from unknown_run(study, run, (*path, "runs"))
        if isinstance(experiment, Experiment) and experiment.embeddings:
            yield from _embeddings(study, experiment, path)
        if isinstance(experiment, Experiment) and experiment.simulation:
            yield from _simulation(study, experiment, path)
        if experiment.manifolds is not None:
            where = (*path, "manifolds")
            yield from unknown_name(experiment.manifolds, study.representations, "representations", where)
            taken = study.representations.get(experiment.manifolds)
            if taken is not None and taken.form not in MANIFOLDS:
                yield Fault(where, f"{experiment.manifolds!r} is no set of manifolds: name one of form manifolds")
            elif taken is not None and isinstance(taken.epochs, tuple) and not set(taken.epochs) & MOMENTS:
                says = (
                    f"what is drawn are the first, best and last epoch, and {experiment.manifolds!r} names none of them"
                )
                yield Fault(where, f"{says}: write these words among its epochs")


def _embeddings(study: Study, experiment: Experiment, path: Path) -> Iterator[Fault]:
    if experiment.manifolds is None:
        yield Fault((*path, "manifolds"), "embeddings lay out the images of manifolds: name a set of them")
    if "best" in study.geometry.embeddings.epochs:
        for recipe in dict.fromkeys(study.runs[run].recipe for run in experiment.runs if run in study.runs):
            if recipe in study.recipes and not keeps_the_best(study.recipes[recipe]):
                says = f"the best epoch is asked for, and recipes.{recipe} may not keep it: set its keep_best to true"
                yield Fault(("geometry", "embeddings", "epochs"), says)


def _simulation(study: Study, experiment: Experiment, path: Path) -> Iterator[Fault]:
    """Manifolds that capacities are simulated of: there, one set for each run, and recorded at the same epochs."""
    where = (*path, "manifolds")
    if experiment.manifolds is None:
        yield Fault(where, "the capacity of manifolds is simulated: name a set of them")
        return
    taken = study.representations.get(experiment.manifolds)
    lacking = [
        word
        for word in study.geometry.simulation.epochs
        if taken is not None and isinstance(taken.epochs, tuple) and word not in taken.epochs
    ]
    if lacking:
        says = f"{lacking[0]!r} is simulated, and {experiment.manifolds!r} lacks it: leave it out, or add it there"
        yield Fault(("geometry", "simulation", "epochs"), says)
    for name, other in study.geometry.experiments.items():
        shared = set(other.runs) & set(experiment.runs)
        if other.simulation and shared and other.manifolds not in (None, experiment.manifolds):
            says = f"geometry.experiments.{name} simulates {min(shared)!r} by another set of manifolds: name the same"
            yield Fault(where, says)


def double_descent(study: Study) -> Iterator[Fault]:
    """Widths whose seeds are not the same."""
    for name, widths in study.geometry.double_descent.items():
        seeds: dict[str, set[int]] = {}
        for run in (study.runs[run] for run in widths.runs if run in study.runs):
            seeds.setdefault(run.architecture, set()).add(run.seed)
        path = ("geometry", "double_descent", name, "runs")
        if len(set(map(frozenset, seeds.values()))) > 1:
            yield Fault(path, "architectures have other seeds, and curves are of one seed each: name all or none")


def label_noise(study: Study) -> Iterator[Fault]:
    """Experiments that are no series of shares of random labels."""
    experiments = study.geometry.experiments
    for name, noise in study.geometry.label_noise.items():
        path: Path = ("geometry", "label_noise", name, "experiments")
        known = [one for one in noise.experiments if one in experiments]
        for one in noise.experiments:
            yield from unknown_name(one, experiments, "geometry.experiments", path)
        for one in known:
            taken = study.representations.get(experiments[one].manifolds or "")
            if taken is None or (isinstance(taken.epochs, tuple) and "last" not in taken.epochs):
                yield Fault(path, f"{one!r} has no manifolds of the last epoch: name a set of them that takes it")
        runs = {one: [study.runs[run] for run in experiments[one].runs if run in study.runs] for one in known}
        alike = {(run.architecture, experiments[one].manifolds) for one in known for run in runs[one]}
        if len(alike) > 1:
            yield Fault(path, "experiments are of several architectures or sets of manifolds: name some of one")
        labels = {one: {run.labels for run in runs[one]} for one in known}
        mixed = [one for one in known if len(labels[one]) > 1]
        if mixed:
            yield Fault(
                path, f"runs of {mixed[0]!r} have several labels, so that it stands at no one share: name others"
            )
        fractions = [study.labels[label].fraction for one in known for label in labels[one] if label in study.labels]
        if len(set(fractions)) < len(fractions):
            yield Fault(path, "two experiments have the same share of random labels: delete one of them")


def lists_of_geometry(study: Study) -> Iterator[Fault]:
    """Settings in which a value stands twice."""
    for analysis in ANALYSES:
        for key, given in vars(getattr(study.geometry, analysis)).items():
            if isinstance(given, tuple) and len(set(given)) < len(given):
                yield Fault(("geometry", analysis, key), f"one stands twice in {list(given)}: delete one of them")


def epochs_of_geometry(study: Study) -> Iterator[Fault]:
    """Epochs of an analysis that no training of its experiments comes to."""
    geometry = study.geometry
    asked = {
        ("gradients", "epochs"): geometry.gradients.epochs,
        ("rewinding", "epochs"): geometry.rewinding.epochs,
        ("rewinding", "network"): geometry.rewinding.network,
    }
    for (analysis, key), given in asked.items():
        epochs = [epoch for epoch in (given if isinstance(given, tuple) else (given,)) if isinstance(epoch, int)]
        experiments = [one for one in geometry.experiments.values() if getattr(one, analysis)]
        for recipe in dict.fromkeys(study.runs[run].recipe for one in experiments for run in one.runs):
            last = study.recipes[recipe].epochs
            if late := [epoch for epoch in epochs if epoch > last]:
                says = f"{late[0]} is given, and recipes.{recipe} ends after epoch {last}: name an earlier one"
                yield Fault(("geometry", analysis, key), says)
