"""Cost model of jobs on a GPU: multiply-adds × images × epochs over a stated rate. See docs/scale.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rote.config.dataset import DataSet
from rote.config.sizes import size_of
from rote.geometry.images import MOST_CLASSES
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.models.layers import layers_with_weights
from rote.models.network import Network
from rote.models.taps import tap_names
from rote.training.recipe import Recipe

# What 15 hours for 3,999 epochs of ResNet18 on CIFAR-10 come to, on an RTX 3090 or 4090: appendix C of paper 5.
RATE = 6.2e12  # multiply-adds per second
TRAINING = 3  # a training step's multiply-adds over those of its forward pass
MANIFOLD_PASSES = 4 * 2 * 2  # groups, by labels and dealt out at random, each taken twice

Named = Mapping[str, Any]
DATA_SETS: TypeAdapter[DataSet] = TypeAdapter(DataSet)


@dataclass(frozen=True)
class Work:
    """What a job computes on: images and their numbers, a network and its recipe, and the job's own settings."""

    n_train: int
    n_test: int
    n_classes: int
    image_shape: tuple[int, int, int]
    architecture: str  # as JSON
    recipe: Recipe
    wildcards: Named
    params: Named
    config: Named


def gpu_seconds(rule: str, wildcards: Named, params: Named, config: Named) -> float | None:
    """Predicted time of a job on a GPU.

    Parameters
    ----------
    rule : str
    wildcards, params : mapping
        The job's, parameters by name.
    config : mapping
        The whole configuration.

    Returns
    -------
    float or None
        In seconds, without start-up; None for a rule that trains and runs no network, or does so on data of one's own,
        whose number is not known before they are converted.
    """
    if rule not in FORWARD_PASSES:
        return None
    estimates = config["memorization"]["estimates"]
    run = params["runs"][0] if "run_stack" in wildcards else wildcards.get("run")
    trained = estimates[wildcards["trials"]] if "trials" in wildcards else config["runs"][run]
    size = size_of(DATA_SETS.validate_python({"kind": trained["dataset"], **config["datasets"][trained["dataset"]]}))
    if size is None:
        return None
    architecture = json.dumps(config["architectures"][trained["architecture"]], sort_keys=True)
    recipe = Recipe.from_config(config["recipes"][trained["recipe"]])
    sizes = size.n_train, size.n_test, size.n_classes, size.image_shape
    passes = FORWARD_PASSES[rule](Work(*sizes, architecture, recipe, wildcards, params, config))
    return passes * _multiply_adds(architecture, size.image_shape, size.n_classes) / RATE


def _train_run(work: Work) -> float:
    return _training(work.params["spec"], work)


def _train_stack(work: Work) -> float:
    return sum(_training(spec, work) for spec in work.params["specs"])


def _training(spec: Named, work: Work) -> float:
    subset = spec.get("subset")
    seen = work.n_train if subset is None else subset
    n_evaluations = len(work.recipe.evaluation.epochs(work.recipe.last_epoch))
    return TRAINING * seen * work.recipe.last_epoch + n_evaluations * (seen + work.n_test)


def _train_without_bins(work: Work) -> float:
    seen = work.n_train * (1 - 1 / _bins(work)["number"])
    return _bins(work)["stack_size"] * (TRAINING * seen * work.recipe.last_epoch + 2 * (seen + work.n_test))


def _train_trials(work: Work) -> float:
    seen = work.params["spec"]["fraction"] * work.n_train
    first, end = work.params["trials"]
    return (end - first) * (TRAINING * seen * work.recipe.last_epoch + work.n_train + work.n_test)


def _record_representations(work: Work) -> float:
    what = work.config["representations"][work.wildcards["set"]]
    n_networks = _n_checkpoints(what["epochs"], work) + what["unrelated_initialisations"]
    return float(n_networks * _images(what, work))


def _measure_label_parts(work: Work) -> float:
    """One pass forward and several backward, of two passes' cost each: see `rote.gradients.parts.label_parts`."""
    how = work.params["how"]
    backward = 2 + ("classes" in how["centred_by"]) + 2 * ("label_frequency" in how["centred_by"])
    return _n_checkpoints(how["epochs"], work) * (how["subset"] or work.n_train) * (1.0 + 2 * backward)


def _rewind_layers(work: Work) -> float:
    """Each layer's suffix at every epoch: half of a network on average."""
    how = work.params["how"]
    n_train = how["train_share"] * (how["subset"] or work.n_train)
    images = sum(work.n_test + n_train * (1 + (way == "recalibrated")) for way in how["batch_norm"])
    layers = _n_layers(work.architecture, work.image_shape, work.n_classes)
    return images * _n_checkpoints(how["epochs"], work) * (1 + layers / 2)


def _embed_images(work: Work) -> float:
    """Images of four groups of each class, of which manifolds have 50 as a rule."""
    how = work.params["how"]
    return 4 * 50 * float(how["classes"]) * len(how["epochs"])


def _simulate_capacity(work: Work) -> float:
    """Images of four groups, tap by tap."""
    how = work.params["how"]
    network = _built(work.architecture, work.image_shape, work.n_classes)
    n_taps = len(tap_names(network, how["taps"]) if isinstance(how["taps"], str) else how["taps"])
    return 4 * 50 * float(min(work.n_classes, MOST_CLASSES)) * len(how["epochs"]) * n_taps


def _measure_subspaces(work: Work) -> float:
    """Training images three times and test images once, for each tap and labelling; all of them at every checkpoint."""
    how = work.params["how"]
    network = _built(work.architecture, work.image_shape, work.n_classes)
    n_taps = 1 + len(tap_names(network)) if how["taps"] == "all" else len(how["taps"])
    seen = how["subset"] or work.n_train
    of_taps = _n_checkpoints(how["epochs"], work) * n_taps * len(how["labellings"]) * (3 * seen + work.n_test)
    return float(of_taps + _n_checkpoints("all", work) * (seen + work.n_test))


def _retrain_network(work: Work) -> float:
    """A training, evaluated at its end, and the test images at every epoch."""
    epochs, seen = work.params["spec"]["recipe"]["epochs"], work.params["spec"]["subset"] or work.n_train
    return float(TRAINING * seen * epochs + 2 * (seen + work.n_test) + (epochs + 1) * work.n_test)


def _n_checkpoints(epochs: Any, work: Work) -> int:
    """Number of those asked for: all, last or a list of epochs."""
    match epochs:
        case "all":
            return len(work.recipe.checkpoints.epochs(work.recipe.last_epoch))
        case "last":
            return 1
        case _:
            return len(epochs)


def _lend_checkpoints(work: Work) -> float:
    """A training where they were dropped, else nothing."""
    dropped = Path("results", work.config["name"], "runs", work.wildcards["run"], "dropped.txt")
    return _train_run(work) if dropped.is_file() else 0.0


def _images(what: Named, work: Work) -> int:
    """Images of a set of representations, each as often as it is taken."""
    if what["form"] == "manifolds":
        return int(MANIFOLD_PASSES * what["images_per_class"] * min(work.n_classes, MOST_CLASSES))
    drawing = what["images"]
    if "batches" in drawing:
        return int(drawing["batches"] * drawing["batch_size"])
    if "per_class" in drawing:
        return int(drawing["per_class"] * work.n_classes)
    return work.n_train if drawing["split"] == "train" else work.n_test


def _all_training_images(work: Work) -> float:
    return work.n_train


def _certify_density_bins(work: Work) -> float:
    in_bin, certification = work.n_train / _bins(work)["number"], _bins(work)["certification"]
    images = _bins(work)["stack_size"] * min(work.params["most"] or in_bin, in_bin)
    return float(images * (certification["n0"] + certification["n"]))


def _bins(work: Work) -> Named:
    settings: Named = work.config["class_fitting"]["density_bins"]
    return settings


# Forward passes of one image that a job of each rule comes to.
FORWARD_PASSES = {
    "train_run": _train_run,
    "train_stack": _train_stack,
    "train_without_bins": _train_without_bins,
    "train_trials": _train_trials,
    "lend_checkpoints": _lend_checkpoints,
    "record_representations": _record_representations,
    "measure_label_parts": _measure_label_parts,
    "rewind_layers": _rewind_layers,
    "embed_images": _embed_images,
    "simulate_capacity": _simulate_capacity,
    "measure_subspaces": _measure_subspaces,
    "retrain_network": _retrain_network,
    "score_density_bins": _all_training_images,
    "certify_density_bins": _certify_density_bins,
}


@cache
def _multiply_adds(architecture: str, shape: tuple[int, int, int], n_classes: int) -> int:
    return multiply_adds(_built(architecture, shape, n_classes), shape)


@cache
def _n_layers(architecture: str, shape: tuple[int, int, int], n_classes: int) -> int:
    return len(layers_with_weights(_built(architecture, shape, n_classes), shape))


def _built(architecture: str, shape: tuple[int, int, int], n_classes: int) -> Network:
    options = json.loads(architecture)
    return build(options.pop("name"), image_shape=shape, n_classes=n_classes, seed=0, **options)
