"""Taking a run's representations: the Gram rows of every checkpoint, and of unrelated random networks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from rote import tables
from rote.data.images import load_images
from rote.errors import DataError
from rote.files import checksum
from rote.job import Job
from rote.models.network import Network
from rote.models.taps import full_precision, representations
from rote.parts import Parts, digest
from rote.progress import track
from rote.similarity import rows
from rote.similarity.batches import load_batches
from rote.tables.dynamics import GRAM_ROWS
from rote.tables.training import CHECKPOINTS
from rote.tensors import TensorForm
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import load_checkpoint
from rote.training.inputs import Normalisation

PIECE = {"cpu": 64, "cuda": 512}  # images of a forward pass: few stay in a CPU's cache, which makes it twice as fast


@dataclass(frozen=True)
class Source:
    """A network whose representations are to be taken: its row of GRAM_ROWS, its origin, and how to get it."""

    reference: Literal["own", "unrelated"]
    index: int
    epoch: int
    origin: str
    """Checksum of the checkpoint, or seed of the initialisation."""
    network: Callable[[], Network]
    checkpoint: Path | None = None

    @property
    def name(self) -> str:
        """Name of its file, without suffix."""
        return f"epoch_{self.epoch:06d}" if self.reference == "own" else f"unrelated_{self.index:03d}"


def record_representations(
    *,
    checkpoints: Path,
    test: Path,
    batches: Path,
    output: Path,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    unrelated_initialisations: int = 0,
    drop_checkpoints: bool = False,
) -> None:
    """Write the Gram rows of a run's checkpoints, one file each, and their GRAM_ROWS table.

    Images are not augmented and networks are in evaluation mode. A file that an earlier, killed job left is kept if it
    depends on the same checkpoint, images, taps, kind of network and code, and replaced if not.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    test, batches : Path
        Table of images, and the CKA_BATCHES drawn from it.
    output : Path
        The files lie beside it, in a folder of its name without suffix, which holds nothing else.
    job : Job
        Unrelated initialisations follow from its seed.
    taps : sequence of str or "all"
    unrelated_initialisations : int
        Untrained networks to compare with (paper's Fig. 19), whose seeds are used for nothing else.
    drop_checkpoints : bool
        Delete each checkpoint as soon as its rows are written.

    Raises
    ------
    ConfigError
        If a tap is unknown.
    DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, or a representation is not finite.
    """
    images, examples = load_images(test), load_batches(batches)
    if examples.max() >= len(images.labels):
        raise DataError(f"{batches} was drawn from more images than {test} holds. Delete it and run again.")
    device = job.device
    blueprint = Blueprint.read(checkpoints)
    make = partial(_untrained, blueprint, device)
    indices = range(1, unrelated_initialisations + 1)
    seeds = {index: job.integer_seed("unrelated initialisation", index) for index in indices}
    sources = [*_unrelated(make, seeds), *_checkpoints(make(seed=0), checkpoints)]
    normalise = blueprint.normalisation(device, torch.channels_last)
    pixels = torch.from_numpy(images.images[examples]).to(device)
    # Not all of the job: another number of unrelated networks, or another epoch, leaves a network's rows as they are.
    depends_on = {"code": job.code, **blueprint.recorded(), "taps": list(taps)}
    of_all = digest(depends_on, [test, batches])
    folder = output.with_suffix("")
    listed: list[dict[str, Any]] = []
    for source in track(sources, f"representations of {job.seed_key}", unit="network"):
        parts = Parts(folder, digest({"of": of_all, "origin": source.origin}), TensorForm())
        path = parts.path(source.name)
        if not parts.is_finished(source.name):
            parts.write(source.name, rows.described(_taken(source, pixels, normalise, taps)))
        listed.append(
            {
                "reference": source.reference,
                "index": source.index,
                "epoch": source.epoch,
                "file": f"{folder.name}/{path.name}",
                "bytes": path.stat().st_size,
                "checksum": checksum(path),
            }
        )
        if drop_checkpoints and source.checkpoint is not None:
            source.checkpoint.unlink(missing_ok=True)
    parts.keep_only([source.name for source in sources])
    tables.write(output, GRAM_ROWS, {name: [row[name] for row in listed] for name in listed[0]}, job.recorded())


def _untrained(blueprint: Blueprint, device: torch.device, *, seed: int) -> Network:
    return blueprint.untrained(seed).to(device)


def _unrelated(make: Callable[..., Network], seeds: Mapping[int, int]) -> Iterator[Source]:
    for index, seed in seeds.items():
        yield Source("unrelated", index, 0, f"seed {seed}", partial(make, seed=seed))


def _checkpoints(model: Network, manifest: Path) -> Iterator[Source]:
    def loaded(epoch: int) -> Network:
        load_checkpoint(model, manifest, epoch)
        return model

    for row in tables.read(manifest, CHECKPOINTS).sort_by("epoch").to_pylist():
        path = manifest.parent / row["file"]
        yield Source("own", 0, row["epoch"], row["checksum"], partial(loaded, row["epoch"]), path)


def _taken(
    source: Source, pixels: Tensor, normalise: Normalisation, taps: Sequence[str] | Literal["all"]
) -> dict[str, list[tuple[Tensor, Tensor]]]:
    """Packed representations of every tap and batch; `pixels` is uint8 (batches, n, H, W, C)."""
    model = source.network()
    packed: dict[str, list[tuple[Tensor, Tensor]]] = {}
    with full_precision():
        for images in pixels:
            pieces = [
                representations(model, normalise(piece), taps) for piece in images.split(PIECE[images.device.type])
            ]
            for tap in list(pieces[0]):
                features = torch.cat([piece.pop(tap) for piece in pieces])
                try:
                    packed.setdefault(tap, []).append(rows.pack(features.float()))
                except DataError as error:
                    raise DataError(f"tap {tap} of {source.name}: {error}") from error
    return packed
