"""What settings must be to one another: references, and all that sizes and options say before any work starts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from math import isqrt
from typing import Any

from rote.config.architecture import Architecture
from rote.config.architectures.pretrained_mlp_mixer import PretrainedMlpMixer
from rote.config.architectures.pretrained_vision_transformer import PretrainedVisionTransformer
from rote.config.architectures.vision_transformer import VisionTransformer
from rote.config.class_fitting import ClassFitting
from rote.config.dataset import Own
from rote.config.datasets.arrays import Arrays
from rote.config.datasets.spheres import Spheres
from rote.config.density_model import DensityModel
from rote.config.faults import Fault, Path, nearest
from rote.config.grids import Grid
from rote.config.memorization import Estimate, PublishedScores
from rote.config.optimizers import Sgd
from rote.config.recipe import Recipe
from rote.config.representations import RepresentationSet
from rote.config.run import Run
from rote.config.sets import FEATURE_VECTORS, LEFT_OUT, MANIFOLDS
from rote.config.sizes import LEAST_IMAGES, Size, batch_size, measured, runs_of_sets, size_of
from rote.config.study import Study
from rote.config.taps import known_taps, relu_names, taps_of
from rote.config.training_dynamics import TrainingDynamics
from rote.config.traits import normalises_batches, trains_side_by_side

LEAST = "least_images_per_class"
MANIFOLDS_LEFT_OUT: Mapping[str, Any] = LEFT_OUT[MANIFOLDS]
MOMENTS = {"first", "best", "last"}
ANALYSES = ("gradients", "rewinding")  # that an experiment asks for by a key of this name
NAMES_OF_SPLITS = {"train": "training", "test": "test"}


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


# References


def _without_work(study: Study) -> Iterator[Fault]:
    studied = study.training_dynamics.runs, study.class_fitting.runs, measured(study.geometry)
    if not (any(studied) or study.memorization.estimates):
        where = "training_dynamics.runs, class_fitting.runs, geometry.experiments or memorization.estimates"
        yield Fault((), f"no study has anything to do: name runs under {where}")


def _families_left(study: Study) -> Iterator[Fault]:
    for name, run in study.runs.items():
        if run.name is not None:
            yield Fault(("runs", name, "name"), "only a family has a name for its members: give axes, or delete it")


def _trained(study: Study) -> Iterator[tuple[Path, Run | Estimate]]:
    for name, run in study.runs.items():
        yield ("runs", name), run
    for name, estimate in study.memorization.estimates.items():
        yield ("memorization", "estimates", name), estimate


def _parts_of_runs(study: Study) -> Iterator[Fault]:
    sections: dict[str, Mapping[str, Any]] = {
        "dataset": study.datasets,
        "labels": {"true_labels": None, **study.labels},
        "architecture": study.architectures,
        "recipe": study.recipes,
    }
    called = {"dataset": "datasets", "labels": "labels", "architecture": "architectures", "recipe": "recipes"}
    for path, trained in _trained(study):
        for key, section in sections.items():
            yield from _known(getattr(trained, key), section, called[key], (*path, key))
        if isinstance(trained, Run) and trained.starting_weights is not None:
            yield from _known(trained.starting_weights, study.weights, "weights", (*path, "starting_weights"))
    for name, weights in study.weights.items():
        path = ("weights", name, "architecture")
        yield from _known(weights.architecture, study.architectures, "architectures", path)


def _known(name: str, section: Mapping[str, Any], called: str, path: Path) -> Iterator[Fault]:
    if name not in section:
        yield Fault(path, f"{name!r} does not stand under {called}{nearest(name, section)}")


def _runs_of_studies(study: Study) -> Iterator[Fault]:
    if not study.runs and (_runs(study.training_dynamics) or _runs(study.class_fitting) or measured(study.geometry)):
        yield Fault(("runs",), "there is no run, and studies name some: name one, or leave runs out for the demo's")
        return
    parts: tuple[tuple[str, TrainingDynamics | ClassFitting, str, Mapping[str, Any]], ...] = (
        ("training_dynamics", study.training_dynamics, "representations", study.representations),
        ("class_fitting", study.class_fitting, "class_fitting.reductions", study.class_fitting.reductions),
    )
    for section, part, called, named in parts:
        runs = _runs(part)
        for run, name in runs.items():
            yield from _run(study, run, (section, "runs"))
            yield from _known(name, named, called, (section, "runs", run))
        for name, comparison in part.comparisons.items():
            path = (section, "comparisons", name, "runs")
            assert not isinstance(comparison.runs, str)  # references are spelled out
            if part is study.class_fitting and len(comparison.runs) < 2:
                yield Fault(path, f"{list(comparison.runs)} is given, and groups are compared of two runs or more")
            for run in comparison.runs:
                yield from _run(study, run, path)
                if run in study.runs and run not in runs:
                    yield Fault(path, f"{run!r} must also stand under {section}.runs")


def _experiments(study: Study) -> Iterator[Fault]:
    for place, experiment in measured(study.geometry).items():
        path = ("geometry", *place)
        for run in experiment.runs:
            yield from _run(study, run, (*path, "runs"))
        if experiment.manifolds is not None:
            where = (*path, "manifolds")
            yield from _known(experiment.manifolds, study.representations, "representations", where)
            taken = study.representations.get(experiment.manifolds)
            if taken is not None and taken.form not in MANIFOLDS:
                yield Fault(where, f"{experiment.manifolds!r} is no set of manifolds: name one of form manifolds")
            elif taken is not None and isinstance(taken.epochs, tuple) and not set(taken.epochs) & MOMENTS:
                says = (
                    f"what is drawn are the first, best and last epoch, and {experiment.manifolds!r} names none of them"
                )
                yield Fault(where, f"{says}: write these words among its epochs")


def _widths(study: Study) -> Iterator[Fault]:
    for name, widths in study.geometry.double_descent.items():
        seeds: dict[str, set[int]] = {}
        for run in (study.runs[run] for run in widths.runs if run in study.runs):
            seeds.setdefault(run.architecture, set()).add(run.seed)
        path = ("geometry", "double_descent", name, "runs")
        if len(set(map(frozenset, seeds.values()))) > 1:
            yield Fault(path, "architectures have other seeds, and curves are of one seed each: name all or none")


def _label_noise(study: Study) -> Iterator[Fault]:
    experiments = study.geometry.experiments
    for name, noise in study.geometry.label_noise.items():
        path: Path = ("geometry", "label_noise", name, "experiments")
        known = [one for one in noise.experiments if one in experiments]
        for one in noise.experiments:
            yield from _known(one, experiments, "geometry.experiments", path)
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


def _lists_of_geometry(study: Study) -> Iterator[Fault]:
    for analysis in ANALYSES:
        for key, given in vars(getattr(study.geometry, analysis)).items():
            if isinstance(given, tuple) and len(set(given)) < len(given):
                yield Fault(("geometry", analysis, key), f"one stands twice in {list(given)}: delete one of them")


def _runs(part: TrainingDynamics | ClassFitting) -> Mapping[str, str]:
    """Runs of a study with their sets, references being spelled out."""
    assert isinstance(part.runs, Mapping)
    return part.runs


def _run(study: Study, run: str, path: Path) -> Iterator[Fault]:
    if run not in study.runs:
        yield Fault(path, f"no run is called {run!r}{nearest(run, study.runs)}")


def _reductions(study: Study) -> Iterator[Fault]:
    for name, reduction in study.class_fitting.reductions.items():
        path: Path = ("class_fitting", "reductions", name)
        for tap in reduction.compared:
            if tap not in reduction.taps:
                says = f"{tap!r} does not stand under its taps{nearest(tap, reduction.taps)}"
                yield Fault((*path, "compared"), says)
        assert reduction.representations is not None  # sets of reductions are spelled out
        yield from _known(
            reduction.representations, study.representations, "representations", (*path, "representations")
        )


def _sets(study: Study) -> Iterator[Fault]:
    for name, entry in study.representations.items():
        path, images = ("representations", name), entry.images
        for key in ("epochs", "taps"):
            given = getattr(entry, key)
            if isinstance(given, tuple) and len(set(given)) < len(given):
                yield Fault((*path, key), f"one stands twice in {list(given)}: delete one of them")
        if entry.form == "manifolds":
            yield from _manifolds(entry, path)
            continue
        for key in ("images_per_class", "least_images_per_class"):
            if getattr(entry, key) is not None:
                yield Fault((*path, key), "this is of manifolds alone: delete it, or write it as images.per_class")
        if images is None:
            yield Fault(path, "the key 'images' is missing")
            continue
        if images.per_class is not None and images.batches is not None:
            yield Fault((*path, "images"), "images are a subset or batches: give per_class or batches, not both")
        if images.batch_size is not None and images.batches is None:
            yield Fault((*path, "images", "batch_size"), "there are no batches: give their number as batches")
        if entry.form == "gram" and images.per_class is None and images.batches is None:
            yield Fault((*path, "images"), "Gram rows are of batches or of a subset: give batches or per_class")
        if entry.form != "gram" and images.batches is not None:
            yield Fault(
                (*path, "images", "batches"), "feature vectors are of images one by one: give per_class, or all"
            )


def _manifolds(entry: RepresentationSet, path: Path) -> Iterator[Fault]:
    """What is wrong with a set of manifolds."""
    if entry.images is not None:
        says = "manifolds are of training and of test images, as labels say: give images_per_class in place of images"
        yield Fault((*path, "images"), says)
    if entry.unrelated_initialisations:
        says = "nothing reads manifolds of unrelated networks: delete it"
        yield Fault((*path, "unrelated_initialisations"), says)
    most, least = (getattr(entry, key) or MANIFOLDS_LEFT_OUT[key] for key in ("images_per_class", LEAST))
    if least > most:
        yield Fault((*path, LEAST), f"at least {least} of at most {most} images_per_class are asked for: lower it")


def _forms(study: Study) -> Iterator[Fault]:
    """Sets that a study cannot use."""
    for run, name in _runs(study.training_dynamics).items():
        if name in study.representations and study.representations[name].form != "gram":
            yield Fault(("training_dynamics", "runs", run), f"{name!r} is no set of Gram rows: name one of form gram")
    for reduction, entry in study.class_fitting.reductions.items():
        path = ("class_fitting", "reductions", reduction, "representations")
        taken = study.representations.get(entry.representations or "")
        if taken is None:
            continue
        images = taken.images
        whole = images is not None and images.split == "train" and images.per_class is None
        one_epoch = taken.epochs in (None, "last") or (isinstance(taken.epochs, tuple) and len(taken.epochs) == 1)
        if taken.form not in FEATURE_VECTORS or not whole or not one_epoch:
            says = "class fitting takes feature vectors (pooled, flat) of all training images at one epoch"
            yield Fault(path, f"{says}, and {entry.representations!r} has others: name another set")


def _scores(study: Study) -> Iterator[Fault]:
    path: Path
    estimates, published, fitting = study.memorization.estimates, study.memorization.published, study.class_fitting
    for name in estimates:
        if name in published:
            says = f"{name!r} stands under estimates and under published: give one of them another name"
            yield Fault(("memorization",), says)
    for name, scores in published.items():
        yield from _known(scores.dataset, study.datasets, "datasets", ("memorization", "published", name, "dataset"))
    for name, trials in estimates.items():
        for reference in trials.compared_with:
            path = ("memorization", "estimates", name, "compared_with")
            yield from _known(reference, published, "memorization.published", path)
            if reference in published and published[reference].dataset != trials.dataset:
                yield Fault(path, f"{reference!r} is of another data set: compare scores of the same examples")
    protocols: dict[str, Any] = dict(fitting.protocols.items())
    for protocol in fitting.density_bins.protocols if fitting.scores else ():
        path = ("class_fitting", "density_bins", "protocols")
        yield from _known(protocol, protocols, "class_fitting.protocols", path)
    known: dict[str, Estimate | PublishedScores] = {**estimates, **published}
    for run, name in fitting.scores.items():
        path = ("class_fitting", "scores", run)
        if run not in _runs(fitting):
            says = f"{run!r} must also stand under class_fitting.runs{nearest(run, _runs(fitting))}"
            yield Fault(path, says)
        elif name not in known:
            says = f"{name!r} does not stand under memorization.estimates or published{nearest(name, known)}"
            yield Fault(path, says)
        elif run in study.runs and known[name].dataset != study.runs[run].dataset:
            yield Fault(path, f"{name!r} is of another data set than the run: name scores of the same examples")


# Options that must suit one another


def _labels(study: Study) -> Iterator[Fault]:
    for name, labels in study.labels.items():
        if labels.file is not None and labels.fraction > 0:
            yield Fault(("labels", name), "labels come from a file or are corrupted, not both: delete file or fraction")


def _data_sets(study: Study) -> Iterator[Fault]:
    for name, dataset in study.datasets.items():
        path = ("datasets", name)
        if isinstance(dataset, Spheres):
            ambient = dataset.ambient_dimension
            if isqrt(ambient) ** 2 != ambient:
                yield Fault((*path, "ambient_dimension"), f"{ambient} is given, and it must be a square: write 1024")
            if dataset.dimension > ambient:
                yield Fault((*path, "dimension"), f"{dataset.dimension} is given, and the space has {ambient}")
            if dataset.classes > 2 * ambient:
                yield Fault((*path, "classes"), f"{dataset.classes} is given, and there is room for {2 * ambient}")
        if isinstance(dataset, Own) and len(set(dataset.class_names or ())) < len(dataset.class_names or ()):
            yield Fault((*path, "class_names"), "a name is given twice: give each class a name of its own")
        if isinstance(dataset, Arrays) and dataset.range is not None and not dataset.range[0] < dataset.range[1]:
            yield Fault((*path, "range"), f"write the least value first, not {list(dataset.range)}")


def _recipes(study: Study) -> Iterator[Fault]:
    for name, recipe in study.recipes.items():
        path = ("recipes", name)
        if isinstance(recipe.optimizer, Sgd) and recipe.optimizer.nesterov and recipe.optimizer.momentum == 0:
            yield Fault((*path, "optimizer"), "nesterov needs a momentum above 0: give one, as in momentum: 0.9")
        for key in ("evaluation", "checkpoints"):
            yield from _grid(getattr(recipe, key), (*path, key))


def _grid(grid: Grid, path: Path) -> Iterator[Fault]:
    if sum(way is not None for way in vars(grid).values()) != 1:
        yield Fault(path, "a grid of epochs is given by one of every, piecewise, logarithmic: give one")
    if grid.logarithmic and sum(way is not None for way in vars(grid.logarithmic).values()) != 1:
        yield Fault((*path, "logarithmic"), "it is given by one of points_per_decade, count: give one")
    pieces = grid.piecewise or ()
    for first, end, step in pieces:
        if first >= end:
            yield Fault((*path, "piecewise"), f"the piece {[first, end, step]} is not [first, end > first, step]")
    for (_, end, _), (first, _, _) in pairwise(pieces):
        if first < end:
            yield Fault((*path, "piecewise"), f"pieces overlap: one ends at {end}, the next begins at {first}")


def _architectures(study: Study) -> Iterator[Fault]:
    for name, architecture in study.architectures.items():
        path = ("architectures", name)
        if isinstance(architecture, VisionTransformer | PretrainedVisionTransformer):
            yield from _multiple(architecture, "hidden_size", "heads", path)
        if isinstance(architecture, PretrainedVisionTransformer | PretrainedMlpMixer):
            yield from _multiple(architecture, "input_size", "patch_size", path)


def _multiple(architecture: Architecture, of: str, by: str, path: Path) -> Iterator[Fault]:
    whole, part = getattr(architecture, of), getattr(architecture, by)
    if whole % part:
        yield Fault(path, f"{of} must be a multiple of {by}, and {whole} is not one of {part}: change one of them")


def _density_models(study: Study) -> Iterator[Fault]:
    fitting = study.class_fitting
    for key in ("complexity", "divergences"):
        tolerance = getattr(fitting, key)
        if max(tolerance.relative_standard_error, tolerance.standard_error) == 0:
            says = "both standard errors are 0, which no number of draws reaches: give one above 0"
            yield Fault(("class_fitting", key), says)
    models: dict[Path, DensityModel] = {
        ("sampler",): fitting.sampler,
        **{("protocols", name): own for name, own in fitting.protocols.items()},
    }
    for where, model in models.items():
        if not _keeps_sweeps(model):
            says = (
                f"of {model.n_sweeps} sweeps, {model.n_discarded} discarded and every {model.keep_every}th kept, none "
                "is left: raise n_sweeps or lower n_discarded"
            )
            yield Fault(("class_fitting", *where), says)


def _keeps_sweeps(model: DensityModel) -> bool:
    return model.n_discarded + model.keep_every <= model.n_sweeps


# Sizes


def _sized(study: Study) -> Iterator[tuple[Path, Run | Estimate, Size]]:
    """Everything that is trained on data whose size is known."""
    for path, trained in _trained(study):
        size = size_of(study.datasets[trained.dataset])
        if size is not None:
            yield path, trained, size


def _subsets(study: Study) -> Iterator[Fault]:
    for path, trained, size in _sized(study):
        n = size.n_train
        if isinstance(trained, Run) and trained.subset is not None and trained.subset > n:
            says = f"{trained.subset} is given, and {trained.dataset} has {n} training examples: lower it"
            yield Fault((*path, "subset"), says)
        if isinstance(trained, Estimate) and int(trained.fraction * n) < 1:
            yield Fault((*path, "fraction"), f"{trained.fraction} of {n} training examples are none: raise it")


def _batches(study: Study) -> Iterator[Fault]:
    """Recipes that a network cannot be trained by."""
    sizes = {path: size.n_train for path, _, size in _sized(study)}
    for path, trained in _trained(study):
        recipe, n_all = study.recipes[trained.recipe], sizes.get(path)
        normalised, size = normalises_batches(study.architectures[trained.architecture]), recipe.batch_size
        if isinstance(trained, Run):
            subset = trained.subset
        else:
            subset = None if n_all is None else int(trained.fraction * n_all)
        n = n_all if subset is None else subset
        faulty = f"recipes.{trained.recipe} has a batch_size of {size}, and"
        if normalised and 1 in (size, n):
            says = f"{faulty} batch normalisation needs 2 examples or more in a batch: raise batch_size or subset"
            yield Fault(path, says)
        elif n is not None and n < size and recipe.drop_last:
            whole = f"{n} examples do" if subset is None else f"a subset of {n} does"
            yield Fault(path, f"{faulty} {whole} not fill it: lower it, or set drop_last to false")
        elif n is not None and normalised and n % size == 1 and not recipe.drop_last:
            of = f"of {n} examples" if subset is None else f"of a subset of {n}"
            says = f"{faulty} {of} one is left for the last: set drop_last or another batch_size or subset"
            yield Fault(path, says)


def _images_of_architectures(study: Study) -> Iterator[Fault]:
    for path, trained, size in _sized(study):
        architecture = study.architectures[trained.architecture]
        height, width, channels = size.image_shape
        if isinstance(architecture, VisionTransformer) and (height != width or height % architecture.patch_size):
            says = (
                f"images of {height}×{width} pixels do not divide into patches of {architecture.patch_size}: change "
                f"patch_size of architectures.{trained.architecture}"
            )
            yield Fault((*path, "architecture"), says)
        if architecture.takes_weights and channels not in (1, 3):
            says = (
                f"a pre-trained network takes grey or colour images, and {trained.dataset}'s have {channels} channels"
            )
            yield Fault((*path, "architecture"), says)


def _starting_weights(study: Study) -> Iterator[Fault]:
    for name, run in study.runs.items():
        if run.starting_weights is None:
            continue
        path, of = ("runs", name, "starting_weights"), study.weights[run.starting_weights].architecture
        if not study.architectures[of].takes_weights:
            says = f"architectures.{of} takes no weights from the hub: choose an architecture pretrained_…"
            yield Fault(("weights", run.starting_weights, "architecture"), says)
        elif study.architectures[of] != study.architectures[run.architecture]:
            says = f"these are weights of architectures.{of}, and the run has {run.architecture}: name one of its own"
            yield Fault(path, says)


def _taps(study: Study) -> Iterator[Fault]:
    for name, runs in runs_of_sets(study).items():
        asked, path = study.representations[name].taps, ("representations", name, "taps")
        for called in dict.fromkeys(study.runs[run].architecture for run in runs):
            architecture = study.architectures[called]
            if asked == "relu" and not relu_names(architecture):
                yield Fault(path, f"architectures.{called} has no ReLU: name other taps{_known_taps(architecture)}")
            for tap in asked if isinstance(asked, tuple) else ():
                yield from _tap(tap, known_taps(architecture), f"no tap of architectures.{called}", path)
    for run, name in _runs(study.class_fitting).items():
        reduction, called = study.class_fitting.reductions[name], study.runs[run].architecture
        taken = study.representations[reduction.representations or ""]
        where = ("class_fitting", "reductions", name, "taps")
        for tap in reduction.taps:
            known = taps_of(study.architectures[called], taken.taps)
            what = f"no tap of architectures.{called} in representations.{reduction.representations}"
            yield from _tap(tap, known, what, where)


def _tap(tap: str, known: Sequence[str], what: str, path: Path) -> Iterator[Fault]:
    if tap not in known:
        yield Fault(path, f"{tap!r} is {what}{nearest(tap, known)}")


def _known_taps(architecture: Architecture) -> str:
    return nearest("", known_taps(architecture))


def _epochs(study: Study) -> Iterator[Fault]:
    for name, runs in runs_of_sets(study).items():
        asked, path = study.representations[name].epochs, ("representations", name, "epochs")
        for called in dict.fromkeys(study.runs[run].recipe for run in runs):
            recipe = study.recipes[called]
            late = [epoch for epoch in asked or () if isinstance(epoch, int) and epoch > recipe.epochs]
            if late:
                says = f"{late[0]} is given, and recipes.{called} ends after epoch {recipe.epochs}: name earlier ones"
                yield Fault(path, says)
            if "best" in (asked or ()) and not _keeps_the_best(recipe):
                says = f"the best epoch is asked for, and recipes.{called} may not keep it: set its keep_best to true"
                yield Fault(path, says)


def _keeps_the_best(recipe: Recipe) -> bool:
    """Whether every epoch that may be the best one is kept, as far as the grids tell without being spelled out."""
    kept, evaluated = recipe.checkpoints, recipe.evaluation
    return bool(recipe.keep_best) or kept in (evaluated, Grid(every=1)) or _is_multiple(evaluated.every, kept.every)


def _is_multiple(number: int | None, of: int | None) -> bool:
    return number is not None and of is not None and number % of == 0


def _epochs_of_geometry(study: Study) -> Iterator[Fault]:
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


def _images_of_sets(study: Study) -> Iterator[Fault]:
    for name, runs in runs_of_sets(study).items():
        entry, images = study.representations[name], study.representations[name].images
        for dataset in dict.fromkeys(study.runs[run].dataset for run in runs):
            size = size_of(study.datasets[dataset])
            if size is None:
                continue
            if images is None:
                yield from _images_of_manifolds(entry, dataset, size, ("representations", name))
                continue
            n, path = size.images(images.split), ("representations", name, "images")
            there_are = f"and {dataset} has {n} {NAMES_OF_SPLITS[images.split]} images"
            if images.per_class is not None and (wanted := images.per_class * size.n_classes) > n:
                says = f"{images.per_class} of each of {size.n_classes} classes take {wanted} images, {there_are}"
                yield Fault(path, f"{says}: lower per_class")
            if images.batches is not None:
                wanted = images.batches * (images.batch_size or max(batch_size(study, name) or 0, LEAST_IMAGES))
                if wanted > n:
                    says = f"{images.batches} batches of {wanted // images.batches} take {wanted} images, {there_are}"
                    yield Fault(path, f"{says}: draw fewer or smaller batches")


def _images_of_manifolds(entry: RepresentationSet, dataset: str, size: Size, path: Path) -> Iterator[Fault]:
    """Whether every class can have the fewest test images; how many are permuted is known to a job alone."""
    least, there_are = entry.least_images_per_class or MANIFOLDS_LEFT_OUT[LEAST], size.n_test // size.n_classes
    if there_are < least:
        says = f"{least} test images of each class are asked for, and {dataset} has {there_are}: lower it"
        yield Fault((*path, LEAST), says)


def _stacks_of_runs(study: Study) -> Iterator[Fault]:
    stacks: dict[str, str] = {}
    for name, run in study.runs.items():
        if run.stack is None:
            continue
        path, first = ("runs", name, "stack"), stacks.setdefault(run.stack, name)
        other = study.runs[first]
        for key in ("dataset", "architecture", "recipe", "subset"):
            if getattr(run, key) != getattr(other, key):
                says = f"{run.stack!r} is also the stack of {first!r}, which has another {key}: name another stack"
                yield Fault(path, says)
        if not trains_side_by_side(study.architectures[run.architecture]):
            says = f"networks of architectures.{run.architecture} are trained one at a time: leave stack out"
            yield Fault(path, says)
        if study.drop_checkpoints:
            says = "what was trained in a stack cannot be trained again alone: set drop_checkpoints to false"
            yield Fault(path, f"{says}, or leave stack out")


def _stacks(study: Study) -> Iterator[Fault]:
    for name, estimate in study.memorization.estimates.items():
        if estimate.stack_size > 1:
            yield from _side_by_side(study, estimate, ("memorization", "estimates", name, "stack_size"))


def _stacks_of_bins(study: Study) -> Iterator[Fault]:
    bins, path = study.class_fitting.density_bins, ("class_fitting", "density_bins", "stack_size")
    number, size = bins.number, bins.stack_size
    if size == 1:
        return
    if number % size:
        divisors = ", ".join(str(divisor) for divisor in range(1, number + 1) if number % divisor == 0)
        yield Fault(path, f"{size} does not divide the {number} bins: give one of {divisors}")
    for name in study.class_fitting.scores:
        yield from _side_by_side(study, study.runs[name], path)


def _side_by_side(study: Study, trained: Run | Estimate, path: Path) -> Iterator[Fault]:
    """What keeps networks from being trained together."""
    if not trains_side_by_side(study.architectures[trained.architecture]):
        yield Fault(path, f"networks of architectures.{trained.architecture} are trained one at a time: set it to 1")


def _bins(study: Study) -> Iterator[Fault]:
    number = study.class_fitting.density_bins.number
    for path, trained, size in _sized(study):
        if path[-1] in study.class_fitting.scores and isinstance(trained, Run) and number > size.n_train:
            says = f"{number} is given, and {trained.dataset} has {size.n_train} training examples: lower it"
            yield Fault(("class_fitting", "density_bins", "number"), says)


Part = Callable[[Study], Iterator[Fault]]
REFERENCES: tuple[Part, ...] = (
    _without_work,
    _families_left,
    _parts_of_runs,
    _runs_of_studies,
    _experiments,
    _label_noise,
    _widths,
    _lists_of_geometry,
    _reductions,
    _sets,
    _forms,
    _scores,
    _labels,
    _data_sets,
    _recipes,
    _architectures,
    _density_models,
)
SIZES: tuple[Part, ...] = (
    _subsets,
    _batches,
    _images_of_architectures,
    _starting_weights,
    _taps,
    _epochs,
    _epochs_of_geometry,
    _images_of_sets,
    _stacks_of_runs,
    _stacks,
    _stacks_of_bins,
    _bins,
)
