"""Layouts of a run's images at several epochs, from tables to tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_images
from rote.embedding.neighbours import Floats, distances, label_agreement
from rote.embedding.plane import embed
from rote.job import Job
from rote.models.taps import tap_names
from rote.progress import track
from rote.representations.features import features_of
from rote.representations.manifold_blocks import load_manifolds
from rote.settings import parse
from rote.tables.embedding import EMBEDDINGS, NEIGHBOUR_LABELS
from rote.training.listed import chosen_epochs
from rote.training.networks import TrainedNetwork, open_network


@dataclass(frozen=True)
class How:
    """How images are laid out, see `rote.config.embedding.Embedding`; if not `is_laid_out`, neighbours alone count."""

    taps: tuple[str, ...] | str = "last_relu"
    epochs: tuple[int | str, ...] | str = ("first", "best", "last")
    classes: int = 10
    n_neighbors: int = 15
    min_dist: float = 0.1
    agreement_neighbours: int = 10
    is_laid_out: bool = True


@dataclass(frozen=True, eq=False)
class _Group:
    """Images of a group, with the labels that it goes by."""

    name: str
    examples: NDArray[np.int64]
    labels: NDArray[np.int64]


def embed_images(
    *,
    checkpoints: Path,
    history: Path,
    images: Sequence[Path],
    drawn: Path,
    points: Path,
    neighbours: Path,
    how: Mapping[str, Any],
    job: Job,
) -> None:
    """Lay out the images of a few classes as a run's networks see them, and count neighbours that share a label.

    All groups lie in one layout: an image that is in several has one place. Neighbours are counted in the features,
    within each group.

    Parameters
    ----------
    checkpoints, history : Path
        CHECKPOINTS and HISTORY tables of the run.
    images : sequence of Path
        Tables of the training images and of the test images.
    drawn : Path
        MANIFOLD_IMAGES table, of which the first classes are taken.
    points, neighbours : Path
        EMBEDDINGS and NEIGHBOUR_LABELS tables to write.
    how : mapping
        See `How`.
    job : Job
        Its key is the run's name; the layouts of all epochs and taps share one seed.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, the manifest lacks an epoch, the network lacks a tap, or a
        feature is not finite.
    """
    asked, device = parse(How, how, "embeddings"), job.device
    pixels = np.concatenate([load_images(path).images for path in images])
    groups = list(_groups(drawn, asked.classes))
    examples = np.unique(np.concatenate([group.examples for group in groups]))
    seed = job.integer_seed("layout in the plane") % 2**32
    laid_out: dict[str, list[Any]] = {column.name: [] for column in EMBEDDINGS.columns}
    counted: dict[str, list[Any]] = {column.name: [] for column in NEIGHBOUR_LABELS.columns}
    epochs = chosen_epochs(checkpoints, asked.epochs, history)
    for epoch in track(epochs, f"layouts of {job.seed_key}", unit="epoch"):
        network = open_network(checkpoints, epoch, device)
        taps = tap_names(network.model, "relu")[-1:] if isinstance(asked.taps, str) else asked.taps
        for tap, between in _distances(network, pixels[examples], taps).items():
            places = np.full((len(between), 2), np.nan, np.float32)
            if asked.is_laid_out:
                places = embed(between, n_neighbors=asked.n_neighbors, min_dist=asked.min_dist, seed=seed)
            for group in groups:
                rows = np.searchsorted(examples, group.examples)
                n = len(rows)
                columns = [[epoch] * n, [tap] * n, [group.name] * n, group.examples, group.labels, *places[rows].T]
                for column, values in zip(laid_out.values(), columns, strict=True):
                    column.extend(values)
                found = label_agreement(between[np.ix_(rows, rows)], group.labels, asked.agreement_neighbours)
                row = (epoch, tap, group.name, n, asked.agreement_neighbours, *found)
                for column, value in zip(counted.values(), row, strict=True):
                    column.append(value)
    laid_out |= {axis: pa.array(laid_out[axis], pa.float32(), from_pandas=True) for axis in ("x", "y")}
    tables.write(points, EMBEDDINGS, laid_out, job.recorded())
    tables.write(neighbours, NEIGHBOUR_LABELS, counted, job.recorded())


def _groups(drawn: Path, n_classes: int) -> Iterator[_Group]:
    """The first classes of every group that was not dealt out at random."""
    for manifolds in load_manifolds(drawn):
        if not manifolds.shuffled:
            examples = manifolds.examples[:n_classes]
            labels = np.repeat(np.array(manifolds.classes[:n_classes], np.int64), examples.shape[1])
            yield _Group(manifolds.group, examples.ravel(), labels)


def _distances(network: TrainedNetwork, pixels: NDArray[np.uint8], taps: Sequence[str]) -> dict[str, Floats]:
    """Distances of images (n, n) at each tap."""
    return {tap: distances(features.numpy()) for tap, features in features_of(network, pixels, taps).items()}
