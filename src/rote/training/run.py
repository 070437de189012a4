"""One training run, from tables to tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.data.images import ImageSet, load_images
from rote.data.labels import load_labels
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.parts import digest
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.training import HISTORY, SUBSET
from rote.training import engine
from rote.training.checkpoints import load_weights
from rote.training.evaluation import Measure
from rote.training.examples import Examples
from rote.training.manifest import write_manifest
from rote.training.run_folder import RunFolder
from rote.training.spec import NetworkSpec


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
        See `rote.training.spec.NetworkSpec`.
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
    what = parse(NetworkSpec, spec, f"run {job.seed_key}")
    recipe, device, folder = what.how, job.device, checkpoints.with_suffix("")
    inputs = [train, test, labels, *what.files]

    images, held_out, seeds = load_images(train), load_images(test), what.seeds(job)
    blueprint = what.blueprint(images)
    network = blueprint.untrained(seeds.integer_seed("initialisation"))
    if what.starting_weights is not None:
        load_weights(network, Path(what.starting_weights))

    run_folder = RunFolder(folder, digest(job.depends_on(spec=spec), inputs), save_interval)
    measured = engine.train(
        network,
        recipe,
        _seen(images, labels, what.subset, Seeds(job.study_seed), device),
        Examples.on(device, held_out.images, held_out.labels),
        blueprint.normalisation(device),
        seeds,
        run_folder,
    )
    columns, recorded = zip(*measured, strict=True), job.recorded(spec=spec)
    tables.write(history, HISTORY, dict(zip(Measure._fields, columns, strict=True)), recorded)
    write_manifest(checkpoints, folder, run_folder.checkpoints, blueprint, recorded)
    run_folder.close()


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
