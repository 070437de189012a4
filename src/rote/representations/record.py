"""Taking representations of a run's checkpoints and of unrelated untrained networks, in any form."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote import tables
from rote.data.images import ImageSet, load_images
from rote.data.labels import Labels, load_labels
from rote.errors import DataError
from rote.job import Job
from rote.models.network import Network
from rote.models.taps import asked_taps, full_precision
from rote.parts import digest
from rote.progress import track
from rote.representations.images import load_drawn
from rote.representations.sources import Form, Recording, Source, Taken
from rote.settings import parse
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import load_checkpoint
from rote.training.inputs import Normalisation
from rote.training.listed import chosen_epochs, listed_checkpoints

PIECE = {"cpu": 64, "cuda": 512}  # images of a forward pass: few stay in a CPU's cache, which makes it twice as fast


@dataclass(frozen=True)
class What:
    """What is recorded, see `rote.config.representations.RepresentationSet`.

    Attributes
    ----------
    form : {"gram", "pooled", "flat", "manifolds"}
    epochs : tuple, "all" or "last"
        Checkpoints of the run. A tuple holds epochs, and may hold the words "first", "best" and "last"; epochs that
        coincide are recorded once.
    taps : tuple of str, "all" or "relu"
    unrelated_initialisations : int
        Untrained networks to record beside the run's, whose seeds are used for nothing else.
    """

    form: Literal["gram", "pooled", "flat", "manifolds"]
    epochs: tuple[int | str, ...] | str
    taps: tuple[str, ...] | str = "all"
    unrelated_initialisations: int = 0


def record_representations(
    *,
    checkpoints: Path,
    images: Path | Sequence[Path],
    drawn: Path | None = None,
    labels: Path | None = None,
    history: Path | None = None,
    output: Path,
    what: Mapping[str, Any],
    job: Job,
) -> None:
    """Record representations of a run's checkpoints, and of unrelated networks, and write the table that lists them.

    Images are not augmented and networks are in evaluation mode. What an earlier, killed job left of a network is kept
    if it depends on the same checkpoint, images, taps, kind of network and code, and replaced if not.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    images : Path or sequence of Path
        Table of images, or that of the training and that of the test images, where some of both are taken: test images
        are numbered after training images.
    drawn : Path, optional
        DRAWN_IMAGES or MANIFOLD_IMAGES table of those that are taken; all where left out, in one batch.
    labels : Path, optional
        Table of the labels that training used; the published ones where left out.
    history : Path, optional
        HISTORY table of the run, which says the best epoch: see `rote.tables.training.best_epoch`.
    output : Path
        GRAM_ROWS, MANIFOLD_BLOCKS or REPRESENTATION_FILES table to write. What it lists lies beside it, in a folder of
        its name without suffix, which holds nothing else.
    what : mapping
        See `What`.
    job : Job
        Unrelated initialisations follow from its seed.

    Raises
    ------
    ConfigError
        If the form, a tap or a word for an epoch is unknown, or the best epoch is asked for without a history; nothing
        was written then.
    DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, labels belong to other images, or a representation is not
        finite.
    """
    asked = parse(What, what, "representations")
    splits = [images] if isinstance(images, Path) else list(images)
    loaded = _after(*map(load_images, splits))
    device = job.device
    blueprint = Blueprint.read(checkpoints)
    make = partial(_untrained, blueprint, device)
    model = make(seed=0)
    indices = range(1, asked.unrelated_initialisations + 1)
    seeds = {index: job.integer_seed("unrelated initialisation", index) for index in indices}
    sources = [*_unrelated(make, seeds), *_checkpoints(model, checkpoints, asked.epochs, history)]

    # Not all of the job: another number of unrelated networks, or another epoch, leaves what is there of a network.
    depends_on = {"code": job.code, **blueprint.recorded(), "form": asked.form, "taps": asked.taps}
    recording = Recording(
        folder=output.with_suffix(""),
        taps=asked_taps(model, asked.taps),
        examples=_examples(splits[0], len(loaded.labels), drawn),
        drawn=drawn,
        labels=_labels(labels, loaded),
        digest=digest(depends_on, [path for path in (*splits, drawn, labels) if path is not None]),
        provenance=job.recorded(),
    )
    form: Form = import_module(f"rote.representations.forms.{asked.form}").Form(recording)
    normalise = blueprint.normalisation(device, torch.channels_last)
    for source in track(sources, f"representations of {job.seed_key}", unit="network"):
        if not form.is_recorded(source):
            form.write(source, _taken(form, source, loaded.images, normalise, recording.taps))
    tables.write(output, *form.listed(sources), recording.provenance)


def _after(first: ImageSet, *others: ImageSet) -> ImageSet:
    """The images of all splits, one after the other."""
    if not others:
        return first
    splits = first, *others
    images, labels = ([getattr(split, what) for split in splits] for what in ("images", "labels"))
    named = " and ".join(split.split for split in splits)
    return replace(first, images=np.concatenate(images), labels=np.concatenate(labels), split=named)


def _examples(images: Path, n: int, drawn: Path | None) -> NDArray[np.int64]:
    if drawn is None:
        return np.arange(n)[None]
    examples = load_drawn(drawn)
    if examples.max() >= n:
        raise DataError(f"{drawn} was drawn from more images than {images} holds. Delete it and run again.")
    return examples


def _labels(path: Path | None, images: ImageSet) -> Labels:
    if path is not None:
        return load_labels(path, images.labels)
    return Labels(images.labels, images.labels, np.zeros(len(images.labels), np.bool_))


def _untrained(blueprint: Blueprint, device: torch.device, *, seed: int) -> Network:
    return blueprint.untrained(seed).to(device)


def _unrelated(make: Callable[..., Network], seeds: Mapping[int, int]) -> Iterator[Source]:
    for index, seed in seeds.items():
        yield Source("unrelated", index, 0, f"seed {seed}", partial(make, seed=seed))


def _checkpoints(
    model: Network, manifest: Path, epochs: tuple[int | str, ...] | str, history: Path | None
) -> Iterator[Source]:
    """Checkpoints of these epochs, ascending, each loaded into the network when its turn comes."""

    def loaded(epoch: int) -> Network:
        load_checkpoint(model, manifest, epoch)
        return model

    checksums = {listed.epoch: listed.checksum for listed in listed_checkpoints(manifest)}
    for epoch in chosen_epochs(manifest, epochs, history):
        yield Source("own", 0, epoch, checksums[epoch], partial(loaded, epoch))


def _taken(
    form: Form, source: Source, images: NDArray[np.uint8], normalise: Normalisation, taps: Sequence[str]
) -> Iterator[Taken]:
    """What a form takes of a network, block by block."""
    model, device = source.network(), normalise.scale.device
    for block in form.blocks():
        with full_precision():
            pieces = [
                dict(form.take(model, normalise(piece.to(device)), taps))
                for piece in torch.split(torch.from_numpy(images[block]), PIECE[device.type])
            ]
        yield _joined(pieces)


def _joined(pieces: list[dict[str, Tensor]]) -> Taken:
    """Taps of all pieces, which are emptied one tap at a time."""
    return {tap: torch.cat([piece.pop(tap) for piece in pieces]) for tap in list(pieces[0])}
