"""What sets of representations ask for: images, epochs and taps that their runs have."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rote.config.architecture import Architecture
from rote.config.checks_shared import runs_of
from rote.config.faults import Fault, Path, nearest
from rote.config.grids import Grid
from rote.config.recipe import Recipe
from rote.config.representations import RepresentationSet
from rote.config.sets import FEATURE_VECTORS, LEFT_OUT, MANIFOLDS
from rote.config.sizes import LEAST_IMAGES, Size, batch_size, runs_of_sets, size_of
from rote.config.study import Study
from rote.config.taps import known_taps, relu_names, taps_of

LEAST = "least_images_per_class"
MANIFOLDS_LEFT_OUT: Mapping[str, Any] = LEFT_OUT[MANIFOLDS]
NAMES_OF_SPLITS = {"train": "training", "test": "test"}


def sets_of_representations(study: Study) -> Iterator[Fault]:
    """Sets whose images or form cannot be taken."""
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


def forms_of_sets(study: Study) -> Iterator[Fault]:
    """Sets that a study cannot use."""
    for run, name in runs_of(study.training_dynamics).items():
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


def taps_of_sets(study: Study) -> Iterator[Fault]:
    """Sets of another form than the study that names them takes."""
    for name, runs in runs_of_sets(study).items():
        asked, path = study.representations[name].taps, ("representations", name, "taps")
        for called in dict.fromkeys(study.runs[run].architecture for run in runs):
            architecture = study.architectures[called]
            if asked == "relu" and not relu_names(architecture):
                yield Fault(path, f"architectures.{called} has no ReLU: name other taps{_known_taps(architecture)}")
            for tap in asked if isinstance(asked, tuple) else ():
                yield from _tap(tap, known_taps(architecture), f"no tap of architectures.{called}", path)
    for run, name in runs_of(study.class_fitting).items():
        reduction, called = study.class_fitting.reductions[name], study.runs[run].architecture
        taken = study.representations[reduction.representations or ""]
        where = ("class_fitting", "reductions", name, "taps")
        for tap in reduction.taps:
            known = taps_of(study.architectures[called], taken.taps)
            what = f"no tap of architectures.{called} in representations.{reduction.representations}"
            yield from _tap(tap, known, what, where)


def _tap(tap: str, known: Sequence[str], what: str, path: Path) -> Iterator[Fault]:
    """Taps that an architecture does not have."""
    if tap not in known:
        yield Fault(path, f"{tap!r} is {what}{nearest(tap, known)}")


def _known_taps(architecture: Architecture) -> str:
    return nearest("", known_taps(architecture))


def epochs_of_sets(study: Study) -> Iterator[Fault]:
    """Epochs that a recipe does not come to or may not keep."""
    for name, runs in runs_of_sets(study).items():
        asked, path = study.representations[name].epochs, ("representations", name, "epochs")
        for called in dict.fromkeys(study.runs[run].recipe for run in runs):
            recipe = study.recipes[called]
            late = [epoch for epoch in asked or () if isinstance(epoch, int) and epoch > recipe.epochs]
            if late:
                says = f"{late[0]} is given, and recipes.{called} ends after epoch {recipe.epochs}: name earlier ones"
                yield Fault(path, says)
            if "best" in (asked or ()) and not keeps_the_best(recipe):
                says = f"the best epoch is asked for, and recipes.{called} may not keep it: set its keep_best to true"
                yield Fault(path, says)


def keeps_the_best(recipe: Recipe) -> bool:
    """Whether every epoch that may be the best one is kept, as far as the grids tell without being spelled out."""
    kept, evaluated = recipe.checkpoints, recipe.evaluation
    return bool(recipe.keep_best) or kept in (evaluated, Grid(every=1)) or _is_multiple(evaluated.every, kept.every)


def _is_multiple(number: int | None, of: int | None) -> bool:
    return number is not None and of is not None and number % of == 0


def images_of_sets(study: Study) -> Iterator[Fault]:
    """More images than a data set has."""
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
