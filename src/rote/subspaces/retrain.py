"""A memorized network trained further on other labels, and scored on the test set at every epoch."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rote import tables
from rote.data.images import load_images
from rote.job import Job
from rote.tables.masc import RETRAINING, TEST_PARTS, settled_epoch
from rote.training.listed import listed_checkpoints
from rote.training.networks import open_network
from rote.training.run import train_run


class Given(NamedTuple):
    """Tables that a retraining reads.

    Attributes
    ----------
    checkpoints : Path
        CHECKPOINTS of the memorized network, of which the last is the start.
    train, test : Path
        Training and test images.
    labels : Path
        Labels to train on.
    test_parts : Path
        TEST_PARTS of the data set.
    """

    checkpoints: Path
    train: Path
    test: Path
    labels: Path
    test_parts: Path


def retrain(given: Given, output: Path, *, spec: Mapping[str, Any], patience: int, short: int, job: Job) -> None:
    """Train a memorized network further with a fresh optimiser, and write a RETRAINING table.

    Training goes on to its end. Patience is read from the accuracies on the selection part, so one training tells of
    every patience, and of none. Its checkpoints lie in a folder beside the table, of its name without suffix, until the
    table is written; a killed job goes on from its last state.

    Parameters
    ----------
    given : Given
    output : Path
    spec : mapping
        See `rote.training.spec.NetworkSpec`; its starting weights are the last of the checkpoints, and its recipe keeps
        every epoch.
    patience : int
        See `rote.tables.masc.settled_epoch`.
    short : int
        Epoch that is told without stopping; the last, if there are fewer.
    job : Job
        Its key is the run's name: trainings of other labels see the images in the same order.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If the spec or a table cannot be used, or the last checkpoint is missing or damaged.
    """
    start = listed_checkpoints(given.checkpoints)[-1]
    folder = output.with_suffix("")
    manifest = folder / "checkpoints.parquet"
    train_run(
        spec={**spec, "starting_weights": str(start.path)},
        train=given.train,
        test=given.test,
        labels=given.labels,
        history=folder / "history.parquet",
        checkpoints=manifest,
        job=job,
    )
    test, parts = load_images(given.test), tables.read(given.test_parts, TEST_PARTS).sort_by("example")
    selection = np.asarray(parts["part"].to_numpy(zero_copy_only=False) == "selection")
    epochs = [listed.epoch for listed in listed_checkpoints(manifest)]
    correct = np.stack(
        [
            open_network(manifest, epoch, job.device).predict(test.images).argmax(1).cpu().numpy() == test.labels
            for epoch in epochs
        ]
    )
    selected, scored = correct[:, selection].mean(axis=1), correct[:, ~selection].mean(axis=1)
    columns = {
        "epoch": epochs,
        "selection_accuracy": selected,
        "scoring_accuracy": scored,
        "scoring_correct": list(correct[:, ~selection]),
        "stopped": np.arange(len(epochs)) == settled_epoch(selected, patience),
        "short": np.arange(len(epochs)) == min(short, len(epochs) - 1),
    }
    tables.write(output, RETRAINING, columns, job.recorded(spec=dict(spec), patience=patience, start=start.checksum))
    shutil.rmtree(folder, ignore_errors=True)
