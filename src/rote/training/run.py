"""One training run, from tables to tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.job import Job
from rote.parts import digest
from rote.seeds import Seeds
from rote.settings import parse
from rote.training import engine
from rote.training.examples import Examples
from rote.training.manifest import write_history, write_manifest
from rote.training.run_folder import RunFolder
from rote.training.seen import seen
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
    given = load_labels(labels, images.labels)
    blueprint = what.blueprint(images)
    network = what.network(blueprint, seeds)

    run_folder = RunFolder(folder, digest(job.depends_on(spec=spec), inputs), save_interval)
    measured = engine.train(
        network,
        recipe,
        seen(what.subset, len(images.labels), Seeds(job.study_seed)).of(images, given, device),
        Examples.on(device, held_out.images, held_out.labels),
        blueprint.normalisation(device),
        seeds,
        run_folder,
    )
    recorded = job.recorded(spec=spec)
    write_history(history, measured, recorded)
    write_manifest(checkpoints, folder, run_folder.checkpoints, blueprint, recorded)
    run_folder.close()
