"""Rewinding of a training run's network, from tables to a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import nn

from rote import tables
from rote.config.bounds import PositiveShare
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.job import Job
from rote.models.batch_norm import batch_norms
from rote.models.layers import layers_with_weights
from rote.models.network import Network
from rote.parts import Parts, digest
from rote.progress import track
from rote.rewinding.rewound import BatchNorm, rewind
from rote.rewinding.rows import rewound_rows
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.parts import TableForm
from rote.tables.rewinding import REWINDING
from rote.training.examples import Examples
from rote.training.listed import chosen_epochs
from rote.training.networks import open_network
from rote.training.seen import Seen, seen

TOGETHER = 8  # epochs of one part: they share the pass of the images to the layers, which then hardly counts


@dataclass(frozen=True)
class How:
    """How layers are set back, see `rote.config.rewinding.Rewinding`.

    Attributes
    ----------
    subset : int, str or None
        What the run saw of the training images, see `rote.training.spec.NetworkSpec`.
    network : int or "last"
        Epoch of the network whose layers are set back.
    epochs : tuple of int or "all"
        Checkpoints that layers are set back to; all are those up to the network's own.
    layers : {"convolutions", "all"}
        What is set back, one at a time. Convolutions are all layers in a network that has none.
    batch_norm : tuple of {"with_layer", "stays", "recalibrated"}
        See `rote.rewinding.rewound`; of a network without batch norms the table says none, once.
    train_share : float
        Share of the training images that the run saw, in (0, 1], that are classified, and on which statistics are
        estimated.
    """

    subset: int | str | None = None
    network: Literal["last"] | int = "last"
    epochs: tuple[int, ...] | str = "all"
    layers: Literal["convolutions", "all"] = "convolutions"
    batch_norm: tuple[BatchNorm, ...] = ("with_layer",)
    train_share: PositiveShare = 0.1


def rewind_layers(
    *,
    checkpoints: Path,
    train: Path,
    test: Path,
    labels: Path,
    output: Path,
    how: Mapping[str, Any],
    job: Job,
) -> None:
    """Set each layer of a run's network back to earlier epochs, and write the accuracies as a REWINDING table.

    Parts of some epochs lie in a folder beside the table, of its name without suffix, from which a killed job goes on.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    train, test, labels : Path
        Tables of the training images, the test images and the labels to train on.
    output : Path
        REWINDING table to write.
    how : mapping
        See `How`.
    job : Job
        Its key is the run's name. The share is drawn with its seeds.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If an option is unknown or out of its range, a table or a checkpoint is missing or damaged, or the manifest
        lacks an epoch.
    """
    asked, device = parse(How, how, "rewinding"), job.device
    trained = open_network(checkpoints, None if asked.network == "last" else asked.network, device)
    chosen = chosen_epochs(checkpoints, asked.epochs)
    if isinstance(asked.epochs, str):
        chosen = [epoch for epoch in chosen if epoch <= trained.epoch]
    blocks = [chosen[first : first + TOGETHER] for first in range(0, len(chosen), TOGETHER)]
    training, held_out = _training_examples(train, labels, asked, job), load_images(test)
    tested = Examples.on(device, held_out.images, held_out.labels)
    layer_paths = _layers(trained.model, trained.blueprint.image_shape, asked.layers)
    options = asked.batch_norm if batch_norms(trained.model) else asked.batch_norm[:1]

    whole = digest(job.depends_on(how=dict(how)), [checkpoints, train, test, labels])
    parts = Parts(output.with_suffix(""), whole, TableForm(REWINDING))
    made = {f"{option}_{block[0]:06d}": (option, block) for option, block in product(options, blocks)}
    for key, (option, block) in track(made.items(), f"rewinding of {job.seed_key}", unit="part"):
        if not parts.is_finished(key):
            states = ((epoch, open_network(checkpoints, epoch, device).model.state_dict()) for epoch in block)
            found = rewind(
                trained.model,
                states,
                training,
                tested,
                trained.normalisation,
                seeds=job,
                layers=layer_paths,
                batch_norm=option,
            )
            parts.write(key, rewound_rows(found))
    with tables.writing(output, REWINDING, job.recorded()) as table:
        for key in made:
            table.append(parts.read(key))
    parts.remove()


def _training_examples(train: Path, labels: Path, how: How, job: Job) -> Examples:
    """A share of the examples that the run saw."""
    images = load_images(train)
    given = load_labels(labels, images.labels)
    saw = seen(how.subset, len(images.labels), Seeds(job.study_seed)).examples
    n = max(1, round(how.train_share * len(saw)))
    drawn = np.sort(job.generator("rewinding images").permutation(saw)[:n])
    return Seen(drawn, None).of(images, given, job.device)


def _layers(network: Network, image_shape: tuple[int, int, int], layers: str) -> dict[str, tuple[str]]:
    """Paths of what is set back, each by itself."""
    paths = list(layers_with_weights(network, image_shape))
    convolutions = [path for path in paths if isinstance(network.get_submodule(path), nn.Conv2d)]
    return {path: (path,) for path in (convolutions if layers == "convolutions" and convolutions else paths)}
