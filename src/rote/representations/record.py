"""Taking a trained network's representations of all training examples, one table for every tap."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.errors import DataError
from rote.files import checksum
from rote.job import Job
from rote.models.network import Network
from rote.models.taps import full_precision, pooled_representations
from rote.progress import track
from rote.tables.representations import REPRESENTATION_FILES, as_column, representations
from rote.training.inputs import Normalisation
from rote.training.networks import open_network

BLOCK = 4096  # examples written at a time
PIECE = {"cpu": 64, "cuda": 512}  # images of a forward pass


def record_class_representations(
    *,
    checkpoints: Path,
    train: Path,
    labels: Path,
    output: Path,
    job: Job,
    taps: Sequence[str] | Literal["all"] = "all",
    epoch: int | None = None,
) -> None:
    """Write the pooled representations of every training example, a table per tap, and their manifest.

    All taps are taken in one pass. Images are not augmented and the network is in evaluation mode. A killed job leaves
    no manifest and no table that is not whole, and starts anew.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    train, labels : Path
        Tables of the training images and of their labels.
    output : Path
        REPRESENTATION_FILES table to write. The tables of `rote.tables.representations.representations` lie beside it,
        in a folder of its name without suffix, which holds nothing else.
    job : Job
    taps : sequence of str or "all"
    epoch : int, optional
        Of the checkpoint; the last one by default.

    Raises
    ------
    ConfigError
        If a tap is unknown.
    DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, labels belong to other images, or a representation is not
        finite.
    """
    images = load_images(train)
    given, n = load_labels(labels, images.labels), len(images.labels)
    network = open_network(checkpoints, epoch, job.device, torch.contiguous_format)
    normalise = network.blueprint.normalisation(job.device, torch.channels_last)
    model, epoch = network.model, network.epoch
    dimensions = {tap: values.shape[1] for tap, values in _taken(model, normalise, images.images[:1], taps).items()}
    recorded = job.recorded(epoch=epoch)

    folder = output.with_suffix("")
    files = {tap: folder / f"{tap}.parquet" for tap in dimensions}
    with ExitStack() as stack:
        writers = {
            tap: stack.enter_context(
                tables.writing(
                    file, representations(dimensions[tap]), {**recorded, "tap": tap, "dimensions": dimensions[tap]}
                )
            )
            for tap, file in files.items()
        }
        blocks = [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]
        for block in track(blocks, f"representations of epoch {epoch}", unit="block"):
            labelled = {
                "example": np.arange(n, dtype=np.int32)[block],
                "true_label": given.true_label[block].astype(np.int16),
                "train_label": given.train_label[block].astype(np.int16),
            }
            for tap, values in _taken(model, normalise, images.images[block], taps).items():
                if not np.isfinite(values).all():
                    raise DataError(
                        f"tap {tap} of epoch {epoch}: a representation holds a NaN or an infinity. Look for a network "
                        "that diverged."
                    )
                writers[tap].append({**labelled, "representation": as_column(values)})
    for stale in set(folder.iterdir()) - set(files.values()):
        stale.unlink()
    columns = {
        "tap": list(files),
        "file": [f"{folder.name}/{file.name}" for file in files.values()],
        "examples": [n] * len(files),
        "dimensions": list(dimensions.values()),
        "bytes": [file.stat().st_size for file in files.values()],
        "checksum": [checksum(file) for file in files.values()],
    }
    tables.write(output, REPRESENTATION_FILES, columns, recorded)


def _taken(
    model: Network, normalise: Normalisation, images: NDArray[np.uint8], taps: Sequence[str] | Literal["all"]
) -> dict[str, NDArray[np.float32]]:
    """Representations (n, features) of raw images (n, H, W, C), by tap."""
    device = normalise.scale.device
    with full_precision():
        pieces = [
            pooled_representations(model, normalise(piece.to(device)), taps)
            for piece in torch.split(torch.from_numpy(images), PIECE[device.type])
        ]
    return {tap: torch.cat([piece[tap] for piece in pieces]).cpu().numpy() for tap in pieces[0]}
