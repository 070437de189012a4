"""Several networks of one architecture and recipe in one job, side by side where they see equally many examples.

Each has a manifest, a history and seeds of its own. A network that is trained alone is the engine's; side by side it is
so in exact arithmetic, and differs by rounding in float32 (`rote.training.stacked`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

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
from rote.training.checkpoints import Checkpoint
from rote.training.evaluation import Measure, PartTargets
from rote.training.examples import Examples
from rote.training.manifest import write_history, write_manifest
from rote.training.run_folder import RunFolder
from rote.training.seen import Seen, seen
from rote.training.spec import NetworkSpec
from rote.training.stacked import StackData, train_stacked


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
    labels : Path
        Table of the labels to train on.
    history : Path, optional
        HISTORY table to write, if it is wanted.
    """

    spec: Mapping[str, Any]
    checkpoints: Path
    job: Job
    labels: Path
    history: Path | None = None


def train_several(planned: Sequence[Planned], *, train: Path, test: Path, save_interval: float = 60.0) -> None:
    """Train networks of one architecture and recipe, and write their histories, checkpoints and manifests.

    Those that see equally many examples, all of weight 1, are trained side by side. A killed job goes on after the last
    stack that it finished, from the state of the one that it was at.

    Parameters
    ----------
    planned : sequence of Planned
    train, test : Path
        Tables of the training images and the test images.
    save_interval : float
        Least time between two saved states, in seconds.

    Raises
    ------
    ConfigError, DataError, TableError
        If a spec or a table cannot be used; nothing was written then.
    TrainingError
        If starting weights do not fit, or the loss of a network is not finite.
    """
    with training(planned, train=train, test=test, save_interval=save_interval) as trained:
        for one in trained:
            recorded = one.planned.job.recorded(spec=one.planned.spec)
            if one.planned.history is not None:
                write_history(one.planned.history, one.history, recorded)
            folder = one.planned.checkpoints.with_suffix("")
            write_manifest(one.planned.checkpoints, folder, one.checkpoints, one.blueprint, recorded)


class Trained(NamedTuple):
    """A network that was trained."""

    planned: Planned
    blueprint: Blueprint
    checkpoints: list[Checkpoint]
    history: list[Measure]


@contextmanager
def training(
    planned: Sequence[Planned], *, train: Path, test: Path, save_interval: float = 60.0
) -> Iterator[list[Trained]]:
    """Train networks as `train_several` does, and give what the tables are to say, in the order of `planned`.

    Once they are written, at the end of the context, states are deleted.
    """
    inputs = [train, test]
    device, *_ = [one.job.device for one in planned]  # asked of each, so that its provenance names it
    data = _Data.load(inputs, device)
    trained: dict[int, Trained] = {}
    folders: list[RunFolder] = []
    trainings = [_Training.of(one, data) for one in planned]
    for places in track(_stacks(trainings), f"networks {planned[0].job.seed_key} and others", unit="stack"):
        stack = [trainings[place] for place in places]
        names = [one.planned.job.seed_key for one in stack]
        own = [one.folder(names, inputs, save_interval) for one in stack]
        histories = _histories(stack, own, data)
        for place, one, folder, history in zip(places, stack, own, histories, strict=True):
            trained[place] = Trained(one.planned, one.blueprint, folder.checkpoints, history)
        folders += own
    yield [trained[place] for place in range(len(planned))]
    for folder in folders:
        folder.close()


@dataclass(frozen=True)
class _Data:
    """What all networks are trained on but for their labels, and where."""

    images: ImageSet
    test: Examples

    @classmethod
    def load(cls, inputs: Sequence[Path], device: torch.device) -> "_Data":
        images, held_out = map(load_images, inputs)
        return cls(images, Examples.on(device, held_out.images, held_out.labels))

    def on_device(self, what: Seen, labels: Labels) -> Examples:
        return what.of(self.images, labels, self.test.device)

    def targets(self, labels: Labels) -> PartTargets:
        """What a network learns of the whole training set, on the device."""
        of_all = (labels.train_label, labels.true_label, labels.permuted)
        return PartTargets(*(torch.from_numpy(np.ascontiguousarray(one)).to(self.test.device) for one in of_all))


@dataclass(frozen=True)
class _Training:
    """A network to be trained, all that it depends on resolved."""

    planned: Planned
    spec: NetworkSpec
    seen: Seen
    labels: Labels
    blueprint: Blueprint
    seeds: Seeds

    @classmethod
    def of(cls, planned: Planned, data: _Data) -> "_Training":
        spec = parse(NetworkSpec, planned.spec, f"network {planned.job.seed_key}")
        what = seen(spec.subset, len(data.images.labels), Seeds(planned.job.study_seed))
        labels = load_labels(planned.labels, data.images.labels)
        return cls(planned, spec, what, labels, spec.blueprint(data.images), spec.seeds(planned.job))

    @property
    def is_weighted(self) -> bool:
        return self.seen.weights is not None and bool((self.seen.weights != 1).any())

    def folder(self, stack: Sequence[str], inputs: Sequence[Path], save_interval: float) -> RunFolder:
        """Its checkpoints, which depend on the others of its stack by rounding."""
        depends_on = self.planned.job.depends_on(spec=self.planned.spec, stack=stack)
        whole = digest(depends_on, [*inputs, self.planned.labels, *self.spec.files])
        return RunFolder(self.planned.checkpoints.with_suffix(""), whole, save_interval)


def _stacks(trainings: Sequence[_Training]) -> list[list[int]]:
    """Places of those that can be trained side by side, together."""
    stacks: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(trainings):
        stacks.setdefault((len(one.seen.examples), place if one.is_weighted else -1), []).append(place)
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
        own = data.on_device(stack[0].seen, stack[0].labels)
        return [engine.train(networks[0], recipe, own, data.test, normalisation, stack[0].seeds, folders[0])]
    whole = data.on_device(Seen(np.arange(len(data.images.labels)), None), stack[0].labels)
    targets = [data.targets(one.labels) for one in stack]
    subsets = torch.from_numpy(np.stack([one.seen.examples for one in stack])).to(whole.device)
    seeds = [one.seeds for one in stack]
    seen_by_all = StackData(whole, subsets, data.test, targets)
    return train_stacked(networks, recipe, seen_by_all, normalisation, seeds, folders)
