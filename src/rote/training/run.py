"""One training run, from tables to tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.data.images import ImageSet, load_images
from rote.data.labels import load_labels
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.models.build import build
from rote.parts import digest
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.training import HISTORY, SUBSET
from rote.training import engine
from rote.training.checkpoints import load_weights, write_manifest
from rote.training.evaluation import Measure
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.run_folder import RunFolder


@dataclass(frozen=True)
class Spec:
    """What is trained, and how.

    Attributes
    ----------
    architecture : mapping
        Its ``name`` and its options.
    recipe : mapping
        See `rote.training.recipe.Recipe`.
    seed : int
        Tells runs from one another that are equal but for their random draws.
    seed_name : str, optional
        Keys these draws in place of the run's name: runs that share it and the seed start from equal weights and see
        their examples in the same order.
    starting_weights : str, optional
        Safetensors file of weights to begin with.
    subset : int or str, optional
        What the run sees of the training set: so many examples, or those of a SUBSET table. Equal numbers give equal
        examples within a study, and a smaller number a part of a larger one's.
    """

    architecture: Mapping[str, Any]
    recipe: Mapping[str, Any]
    seed: int = 0
    starting_weights: str | None = None
    subset: int | str | None = None
    seed_name: str | None = None


def train_run(
    *,
    spec: Mapping[str, Any],
    train: Path,
    test: Path,
    labels: Path,
    history: Path,
    checkpoints: Path,
    job: Job,
    save_interval: float = 60.0,
) -> None:
    """Train one network and write its history, its checkpoints and their manifest.

    Parameters
    ----------
    spec : mapping
        See `Spec`.
    train, test, labels : Path
        Tables of the training images, the test images and the labels to train on.
    history, checkpoints : Path
        HISTORY and CHECKPOINTS tables to write. The checkpoints lie beside the latter, in a folder of its name without
        suffix, and, while training, the state from which a killed run goes on.
    job : Job
        Its key is the run's name. The state of a job that depends on anything else is not resumed.
    save_interval : float
        Least time between two saved states, in seconds.

    Raises
    ------
    ConfigError, DataError, TableError
        If the spec or a table cannot be used; nothing was written then.
    TrainingError
        If the starting weights do not fit, or the loss is not finite.
    """
    what = parse(Spec, spec, f"run {job.seed_key}")
    recipe = Recipe.from_config(what.recipe)
    device, folder = job.device, checkpoints.with_suffix("")
    inputs = [train, test, labels, *(Path(path) for path in (what.starting_weights, what.subset) if _is_path(path))]

    images, held_out = load_images(train), load_images(test)
    seeds = Seeds(job.study_seed, what.seed_name or job.seed_key).within(f"seed {what.seed}")
    options = {key: value for key, value in what.architecture.items() if key != "name"}
    network = build(
        what.architecture.get("name", ""),
        image_shape=images.shape,
        n_classes=images.n_classes,
        seed=seeds.integer_seed("initialisation"),
        **options,
    )
    if what.starting_weights is not None:
        load_weights(network, Path(what.starting_weights))

    run_folder = RunFolder(folder, digest(job.depends_on(spec=spec), inputs), save_interval)
    measured = engine.train(
        network,
        recipe,
        _seen(images, labels, what.subset, Seeds(job.study_seed), device),
        Examples.on(device, held_out.images, held_out.labels),
        Normalisation(images.mean, images.std, device, memory_format=recipe.memory_format),
        seeds,
        run_folder,
    )
    columns, recorded = zip(*measured, strict=True), job.recorded(spec=spec)
    tables.write(history, HISTORY, dict(zip(Measure._fields, columns, strict=True)), recorded)
    write_manifest(checkpoints, folder, run_folder.checkpoints, recorded)
    run_folder.close()


def _is_path(value: int | str | None) -> TypeGuard[str]:
    return isinstance(value, str)


def _seen(images: ImageSet, labels: Path, subset: int | str | None, seeds: Seeds, device: torch.device) -> Examples:
    """The training examples that a run sees, images and labels joined by example."""
    given = load_labels(labels, images.labels)
    chosen, weights = _chosen(subset, len(images.labels), seeds)
    pixels = images.images if subset is None else images.images[chosen]
    return Examples.on(
        device, pixels, given.train_label[chosen], given.true_label[chosen], given.permuted[chosen], weights
    )


def _chosen(subset: int | str | None, n: int, seeds: Seeds) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
    """Which of `n` training examples a run sees, in ascending order, and their weights."""
    if subset is None:
        return np.arange(n), None
    if isinstance(subset, int):
        if not 1 <= subset <= n:
            raise ConfigError(f"a subset of {subset} examples cannot be drawn from {n}. Lower subset.")
        return np.sort(seeds.generator("subset").permutation(n)[:subset]), None
    table = tables.read(subset, SUBSET).sort_by("example")
    chosen = table["example"].to_numpy().astype(np.int64)
    if len(chosen) == 0 or chosen[0] < 0 or chosen[-1] >= n or len(np.unique(chosen)) < len(chosen):
        raise DataError(f"{subset} must list examples from 0 to {n - 1}, each once. Correct it or delete it.")
    return chosen, table["weight"].to_numpy()
