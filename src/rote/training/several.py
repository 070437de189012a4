"""Several networks of one architecture and recipe in one job, side by side where they see equally many examples.

Each has a manifest, a history and seeds of its own. A network that is trained alone is the engine's; side by side it is
so in exact arithmetic, and differs by rounding in float32 (`rote.training.stacked`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rote.data.images import ImageSet, load_images
from rote.data.labels import Labels, load_labels
from rote.job import Job
from rote.parts import digest
from rote.progress import track
from rote.seeds import Seeds
from rote.settings import parse
from rote.training import engine
from rote.training.blueprint import Blueprint
from rote.training.evaluation import Measure
from rote.training.examples import Examples
from rote.training.manifest import write_history, write_manifest
from rote.training.run_folder import RunFolder
from rote.training.seen import Seen, seen
from rote.training.spec import NetworkSpec
from rote.training.stacked import train_stacked


@dataclass(frozen=True)
class Planned:
    """A network to be trained.

    Attributes
    ----------
    spec : mapping
        See `rote.training.spec.NetworkSpec`.
    checkpoints : Path
        CHECKPOINTS table to write. The checkpoints lie beside it, in a folder of its name without suffix.
    job : Job
        Its key is the network's name.
    history : Path, optional
        HISTORY table to write, if it is wanted.
    """

    spec: Mapping[str, Any]
    checkpoints: Path
    job: Job
    history: Path | None = None


def train_several(
    planned: Sequence[Planned], *, train: Path, test: Path, labels: Path, save_interval: float = 60.0
) -> None:
    """Train networks of one architecture and recipe, and write their histories, checkpoints and manifests.

    Those that see equally many examples, all of weight 1, are trained side by side. A killed job goes on after the last
    stack that it finished, from the state of the one that it was at.

    Parameters
    ----------
    planned : sequence of Planned
    train, test, labels : Path
        Tables of the training images, the test images and the labels to train on.
    save_interval : float
        Least time between two saved states, in seconds.

    Raises
    ------
    ConfigError, DataError, TableError
        If a spec or a table cannot be used; nothing was written then.
    TrainingError
        If starting weights do not fit, or the loss of a network is not finite.
    """
    inputs = [train, test, labels]
    device, *_ = [one.job.device for one in planned]  # asked of each, so that its provenance names it
    data = _Data.load(inputs, device)
    folders: list[RunFolder] = []
    stacks = _stacks(_Training.of(one, data) for one in planned)
    for stack in track(stacks, f"networks {planned[0].job.seed_key} and others", unit="stack"):
        names = [one.planned.job.seed_key for one in stack]
        own = [one.folder(names, inputs, save_interval) for one in stack]
        for one, folder, measured in zip(stack, own, _histories(stack, own, data), strict=True):
            recorded = one.planned.job.recorded(spec=one.planned.spec)
            if one.planned.history is not None:
                write_history(one.planned.history, measured, recorded)
            write_manifest(one.planned.checkpoints, folder.folder, folder.checkpoints, one.blueprint, recorded)
        folders += own
    for folder in folders:
        folder.close()


@dataclass(frozen=True)
class _Data:
    """What all networks are trained on, and where."""

    images: ImageSet
    labels: Labels
    test: Examples

    @classmethod
    def load(cls, inputs: Sequence[Path], device: torch.device) -> "_Data":
        train, test, labels = inputs
        images, held_out = load_images(train), load_images(test)
        given = load_labels(labels, images.labels)
        return cls(images, given, Examples.on(device, held_out.images, held_out.labels))

    def on_device(self, what: Seen) -> Examples:
        return what.of(self.images, self.labels, self.test.device)


@dataclass(frozen=True)
class _Training:
    """A network to be trained, all that it depends on resolved."""

    planned: Planned
    spec: NetworkSpec
    seen: Seen
    blueprint: Blueprint
    seeds: Seeds

    @classmethod
    def of(cls, planned: Planned, data: _Data) -> "_Training":
        spec = parse(NetworkSpec, planned.spec, f"network {planned.job.seed_key}")
        what = seen(spec.subset, len(data.images.labels), Seeds(planned.job.study_seed))
        return cls(planned, spec, what, spec.blueprint(data.images), spec.seeds(planned.job))

    @property
    def is_weighted(self) -> bool:
        return self.seen.weights is not None and bool((self.seen.weights != 1).any())

    def folder(self, stack: Sequence[str], inputs: Sequence[Path], save_interval: float) -> RunFolder:
        """Its checkpoints, which depend on the others of its stack by rounding."""
        depends_on = self.planned.job.depends_on(spec=self.planned.spec, stack=stack)
        whole = digest(depends_on, [*inputs, *self.spec.files])
        return RunFolder(self.planned.checkpoints.with_suffix(""), whole, save_interval)


def _stacks(trainings: Iterable[_Training]) -> list[list[_Training]]:
    """Those that can be trained side by side, together."""
    stacks: dict[tuple[int, int], list[_Training]] = {}
    for place, one in enumerate(trainings):
        stacks.setdefault((len(one.seen.examples), place if one.is_weighted else -1), []).append(one)
    return list(stacks.values())


def _histories(stack: Sequence[_Training], folders: Sequence[RunFolder], data: _Data) -> list[list[Measure]]:
    """Histories of a stack, trained unless an earlier job finished it."""
    finished = [folder.finished() for folder in folders]
    if None not in finished:
        return [history for history in finished if history is not None]
    histories = _train(stack, folders, data)
    for folder, history in reversed(list(zip(folders, histories, strict=True))):  # the first holds the stack's state
        folder.finish(history)
    return histories


def _train(stack: Sequence[_Training], folders: Sequence[RunFolder], data: _Data) -> list[list[Measure]]:
    networks = [one.spec.network(one.blueprint, one.seeds) for one in stack]
    recipe, normalisation = stack[0].spec.how, stack[0].blueprint.normalisation(data.test.device)
    if len(stack) == 1:
        own = data.on_device(stack[0].seen)
        return [engine.train(networks[0], recipe, own, data.test, normalisation, stack[0].seeds, folders[0])]
    whole = data.on_device(Seen(np.arange(len(data.images.labels)), None))
    subsets = torch.from_numpy(np.stack([one.seen.examples for one in stack])).to(whole.device)
    seeds = [one.seeds for one in stack]
    return train_stacked(networks, recipe, whole, subsets, normalisation, seeds, data.test, folders)
