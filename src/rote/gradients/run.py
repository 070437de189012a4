"""Gradients in the course of a training run, from tables to a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.gradients.measure import measure_epoch
from rote.gradients.parts import Centre
from rote.job import Job
from rote.parts import Parts, digest
from rote.progress import track
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.gradients import LABEL_PARTS
from rote.tables.parts import TableForm
from rote.training.listed import chosen_epochs
from rote.training.networks import open_network
from rote.training.seen import seen


@dataclass(frozen=True)
class How:
    """How gradients are taken, see `rote.config.gradients.Gradients`.

    Attributes
    ----------
    subset : int, str or None
        What the run saw of the training examples, see `rote.training.spec.NetworkSpec`.
    epochs : tuple of int, "all" or "last"
        Checkpoints to measure at.
    centred_by : tuple of {"none", "classes", "label_frequency"}
        See `rote.gradients.parts`.
    recalibrated : tuple of int
        Epochs at which the statistics of batch norms are estimated anew, see `rote.gradients.measure.measure_epoch`.
    """

    subset: int | str | None = None
    epochs: tuple[int, ...] | str = "all"
    centred_by: tuple[Centre, ...] = ("none", "classes")
    recalibrated: tuple[int, ...] = (0,)


def measure_label_parts(
    *,
    checkpoints: Path,
    train: Path,
    labels: Path,
    output: Path,
    how: Mapping[str, Any],
    job: Job,
) -> None:
    """Measure the parts of every layer's gradient over the training examples that a run saw; write a LABEL_PARTS table.

    Epochs that are done lie in a folder beside the table, of its name without suffix, from which a killed job goes on.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    train, labels : Path
        Tables of the training images and of the labels to train on.
    output : Path
        LABEL_PARTS table to write.
    how : mapping
        See `How`.
    job : Job
        Its key is the run's name.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, the manifest lacks an epoch, or an option is unknown.
    """
    asked, device, images = parse(How, how, "gradients"), job.device, load_images(train)
    given = load_labels(labels, images.labels)
    examples = seen(asked.subset, len(images.labels), Seeds(job.study_seed)).of(images, given, device)
    measured_at = {f"epoch_{epoch:06d}": epoch for epoch in chosen_epochs(checkpoints, asked.epochs)}
    whole = digest(job.depends_on(how=dict(how)), [checkpoints, train, labels])
    parts = Parts(output.with_suffix(""), whole, TableForm(LABEL_PARTS))
    for key, epoch in track(measured_at.items(), f"gradients of {job.seed_key}", unit="epoch"):
        if not parts.is_finished(key):
            network = open_network(checkpoints, epoch, device)
            rows = measure_epoch(
                network.model,
                epoch,
                examples,
                network.normalisation,
                seeds=job,
                centres=asked.centred_by,
                recalibrated=epoch in asked.recalibrated,
            )
            parts.write(key, rows)
    with tables.writing(output, LABEL_PARTS, job.recorded()) as table:
        for key in measured_at:
            table.append(parts.read(key))
    parts.remove()
