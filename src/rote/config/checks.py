"""What settings must be to one another: references, and all that sizes and options say before any work starts."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from rote.config.checks_geometry import (
    double_descent,
    epochs_of_geometry,
    label_noise,
    lists_of_geometry,
    names_of_experiments,
)
from rote.config.checks_masc import epochs_of_masc, lists_of_masc, names_of_masc, taps_of_masc
from rote.config.checks_options import (
    architecture_options,
    data_set_options,
    density_model_options,
    label_options,
    recipe_options,
)
from rote.config.checks_sets import epochs_of_sets, forms_of_sets, images_of_sets, sets_of_representations, taps_of_sets
from rote.config.checks_shared import everything_trained, runs_of, unknown_name, unknown_run
from rote.config.checks_stitching import stitched_networks, stitched_runs
from rote.config.checks_training import (
    batches,
    images_of_architectures,
    number_of_bins,
    stacks_of_bins,
    stacks_of_runs,
    stacks_of_trials,
    starting_weights,
    subsets,
)
from rote.config.class_fitting import ClassFitting
from rote.config.faults import Fault, Path, nearest
from rote.config.memorization import Estimate, PublishedScores
from rote.config.references import measured
from rote.config.run import Run
from rote.config.study import Study
from rote.config.training_dynamics import TrainingDynamics


def check(study: Study) -> list[Fault]:
    """Everything that is wrong with a study whose every single value is of the right form.

    Parameters
    ----------
    study : Study
        References to runs spelled out.

    Returns
    -------
    list of Fault
        In the order of the sections. Sizes are looked at only where all references hold.
    """
    faults = list(chain.from_iterable(part(study) for part in REFERENCES))
    return faults or list(chain.from_iterable(part(study) for part in SIZES))


def without_work(study: Study) -> Iterator[Fault]:
    """A study that names nothing to study."""
    studied = study.training_dynamics.runs, study.class_fitting.runs, measured(study.geometry)
    papers_3_and_4 = study.stitching.experiments, study.masc.experiments
    if not (any(studied) or any(papers_3_and_4) or study.memorization.estimates):
        where = (
            "training_dynamics.runs, class_fitting.runs, geometry.experiments, stitching.experiments, "
            "masc.experiments or memorization.estimates"
        )
        yield Fault((), f"no study has anything to do: name runs under {where}")


def families_left(study: Study) -> Iterator[Fault]:
    """Names for members of what is no family."""
    for name, run in study.runs.items():
        if run.name is not None:
            yield Fault(("runs", name, "name"), "only a family has a name for its members: give axes, or delete it")


def parts_of_runs(study: Study) -> Iterator[Fault]:
    """Parts of what is trained, such as labels and recipes, that do not stand in their sections."""
    sections: dict[str, Mapping[str, Any]] = {
        "dataset": study.datasets,
        "labels": {"true_labels": None, **study.labels},
        "architecture": study.architectures,
        "recipe": study.recipes,
    }
    called = {"dataset": "datasets", "labels": "labels", "architecture": "architectures", "recipe": "recipes"}
    for path, trained in everything_trained(study):
        for key, section in sections.items():
            yield from unknown_name(getattr(trained, key), section, called[key], (*path, key))
        if isinstance(trained, Run) and trained.starting_weights is not None:
            yield from unknown_name(trained.starting_weights, study.weights, "weights", (*path, "starting_weights"))
    for name, weights in study.weights.items():
        path = ("weights", name, "architecture")
        yield from unknown_name(weights.architecture, study.architectures, "architectures", path)


def runs_of_studies(study: Study) -> Iterator[Fault]:
    """Runs and sets that studies name and that are not there."""
    naming = runs_of(study.training_dynamics), runs_of(study.class_fitting), measured(study.geometry)
    if not study.runs and (any(naming) or study.stitching.experiments or study.masc.experiments):
        yield Fault(("runs",), "there is no run, and studies name some: name one, or leave runs out for the demo's")
        return
    parts: tuple[tuple[str, TrainingDynamics | ClassFitting, str, Mapping[str, Any]], ...] = (
        ("training_dynamics", study.training_dynamics, "representations", study.representations),
        ("class_fitting", study.class_fitting, "class_fitting.reductions", study.class_fitting.reductions),
    )
    for section, part, called, named in parts:
        runs = runs_of(part)
        for run, name in runs.items():
            yield from unknown_run(study, run, (section, "runs"))
            yield from unknown_name(name, named, called, (section, "runs", run))
        for name, comparison in part.comparisons.items():
            path = (section, "comparisons", name, "runs")
            assert not isinstance(comparison.runs, str)  # references are spelled out
            if part is study.class_fitting and len(comparison.runs) < 2:
                yield Fault(path, f"{list(comparison.runs)} is given, and groups are compared of two runs or more")
            for run in comparison.runs:
                yield from unknown_run(study, run, path)
                if run in study.runs and run not in runs:
                    yield Fault(path, f"{run!r} must also stand under {section}.runs")


def reductions(study: Study) -> Iterator[Fault]:
    """Taps and sets that reductions of class fitting name and that are not there."""
    for name, reduction in study.class_fitting.reductions.items():
        path: Path = ("class_fitting", "reductions", name)
        for tap in reduction.compared:
            if tap not in reduction.taps:
                says = f"{tap!r} does not stand under its taps{nearest(tap, reduction.taps)}"
                yield Fault((*path, "compared"), says)
        assert reduction.representations is not None  # sets of reductions are spelled out
        yield from unknown_name(
            reduction.representations, study.representations, "representations", (*path, "representations")
        )


def memorization_scores(study: Study) -> Iterator[Fault]:
    """Estimates and published scores that are named and not there, or of other examples than the run."""
    path: Path
    estimates, published, fitting = study.memorization.estimates, study.memorization.published, study.class_fitting
    for name in estimates:
        if name in published:
            says = f"{name!r} stands under estimates and under published: give one of them another name"
            yield Fault(("memorization",), says)
    for name, scores in published.items():
        yield from unknown_name(
            scores.dataset, study.datasets, "datasets", ("memorization", "published", name, "dataset")
        )
    for name, trials in estimates.items():
        for reference in trials.compared_with:
            path = ("memorization", "estimates", name, "compared_with")
            yield from unknown_name(reference, published, "memorization.published", path)
            if reference in published and published[reference].dataset != trials.dataset:
                yield Fault(path, f"{reference!r} is of another data set: compare scores of the same examples")
    protocols: dict[str, Any] = dict(fitting.protocols.items())
    for protocol in fitting.density_bins.protocols if fitting.scores else ():
        path = ("class_fitting", "density_bins", "protocols")
        yield from unknown_name(protocol, protocols, "class_fitting.protocols", path)
    known: dict[str, Estimate | PublishedScores] = {**estimates, **published}
    for run, name in fitting.scores.items():
        path = ("class_fitting", "scores", run)
        if run not in runs_of(fitting):
            says = f"{run!r} must also stand under class_fitting.runs{nearest(run, runs_of(fitting))}"
            yield Fault(path, says)
        elif name not in known:
            says = f"{name!r} does not stand under memorization.estimates or published{nearest(name, known)}"
            yield Fault(path, says)
        elif run in study.runs and known[name].dataset != study.runs[run].dataset:
            yield Fault(path, f"{name!r} is of another data set than the run: name scores of the same examples")


Part = Callable[[Study], Iterator[Fault]]
REFERENCES: tuple[Part, ...] = (
    without_work,
    families_left,
    parts_of_runs,
    runs_of_studies,
    names_of_experiments,
    label_noise,
    double_descent,
    lists_of_geometry,
    stitched_runs,
    names_of_masc,
    lists_of_masc,
    reductions,
    sets_of_representations,
    forms_of_sets,
    memorization_scores,
    label_options,
    data_set_options,
    recipe_options,
    architecture_options,
    density_model_options,
)
SIZES: tuple[Part, ...] = (
    subsets,
    batches,
    images_of_architectures,
    starting_weights,
    taps_of_sets,
    epochs_of_sets,
    epochs_of_geometry,
    stitched_networks,
    taps_of_masc,
    epochs_of_masc,
    images_of_sets,
    stacks_of_runs,
    stacks_of_trials,
    stacks_of_bins,
    number_of_bins,
)
