"""Capacity by simulation of a run's manifolds, beside which that of mean-field theory can be put (paper 2, Fig. 1B)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote import tables
from rote.data.images import load_images
from rote.errors import DataError
from rote.geometry.empirical import empirical_capacity
from rote.job import Job
from rote.models.taps import asked_taps
from rote.parts import Parts, digest
from rote.progress import track
from rote.representations.features import features_of
from rote.representations.manifold_blocks import Manifolds, load_manifolds
from rote.settings import parse
from rote.tables.parts import TableForm
from rote.tables.simulation import SIMULATED_CAPACITIES
from rote.training.listed import chosen_epochs
from rote.training.networks import TrainedNetwork, open_network

Columns = Mapping[str, Any]
CONFIDENCE = 0.95
BLOCK = 4096  # features held in float64 at a time


@dataclass(frozen=True)
class How:
    """How capacities are simulated, see `rote.config.simulation.Simulation`, and the `taps` of the manifolds' set."""

    taps: tuple[str, ...] | str
    epochs: tuple[str, ...] = ("best", "last")
    n_dichotomies: int = 100


def simulate_capacity(
    *,
    checkpoints: Path,
    history: Path,
    images: Sequence[Path],
    drawn: Path,
    output: Path,
    how: Mapping[str, Any],
    job: Job,
) -> None:
    """Simulate the capacity of a run's manifolds, group by group, at each epoch and tap; write a table.

    Divisions are the same ones everywhere. As in the theory, the mean of all images of a group is taken off. A killed
    job goes on after the last capacity that was found.

    Parameters
    ----------
    checkpoints, history : Path
        CHECKPOINTS and HISTORY tables of the run.
    images : sequence of Path
        Tables of the training images and of the test images.
    drawn : Path
        MANIFOLD_IMAGES table; what was dealt out to classes at random is left aside.
    output : Path
        SIMULATED_CAPACITIES table to write.
    how : mapping
        See `How`.
    job : Job
        Its key is the run's name.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If a table or a checkpoint is missing or damaged, the manifest lacks an epoch, the network lacks a tap, or a
        feature is not finite.
    """
    asked = parse(How, how, "simulation")
    pixels = np.concatenate([load_images(path).images for path in images])
    groups = [group for group in load_manifolds(drawn) if not group.shuffled]
    whole = digest(job.depends_on(how=dict(how)), [checkpoints, history, *images, drawn])
    parts = Parts(output.with_suffix(""), whole, TableForm(SIMULATED_CAPACITIES))
    keys = []
    for epoch in track(chosen_epochs(checkpoints, asked.epochs, history), f"divisions of {job.seed_key}", unit="epoch"):
        network = open_network(checkpoints, epoch, job.device)
        for tap in asked_taps(network.model, asked.taps):
            for group in groups:
                keys.append(f"epoch_{epoch:06d}_{tap}_{group.group}")
                if not parts.is_finished(keys[-1]):
                    found = _simulated(network, pixels, tap, group, asked.n_dichotomies, job)
                    parts.write(keys[-1], _columns({"epoch": epoch, "tap": tap, "group": group.group, **found}))
    with tables.writing(output, SIMULATED_CAPACITIES, job.recorded()) as table:
        for key in keys:
            table.append(parts.read(key))
    parts.remove()


def in_their_span(features: Tensor) -> NDArray[np.float64]:
    """Coordinates of points in the space that they span: fewer numbers that are separable just as often.

    A Gaussian projection of points is one of their coordinates in any orthonormal basis of their span, so nothing that
    is asked of random projections depends on the features but through their inner products.

    Parameters
    ----------
    features : Tensor, shape (m, n_features)

    Returns
    -------
    ndarray, shape (m, k), float64
        k is at most m and n_features. Where there are no more features than points they are given as they are.
    """
    m, n_features = features.shape
    if n_features <= m:
        return features.numpy().astype(np.float64)
    gram = np.zeros((m, m))
    for block in torch.split(features, BLOCK, dim=1):
        part = block.numpy().astype(np.float64)
        gram += part @ part.T
    values, vectors = np.linalg.eigh(gram)
    kept = values > m * np.finfo(np.float64).eps * max(values[-1], 0)
    coordinates: NDArray[np.float64] = vectors[:, kept] * np.sqrt(values[kept])
    return coordinates if kept.any() else np.zeros((m, 1))


def _simulated(
    network: TrainedNetwork, pixels: NDArray[np.uint8], tap: str, group: Manifolds, n_dichotomies: int, job: Job
) -> dict[str, Any]:
    """What a row says of a group at a tap."""
    n_manifolds, size = group.examples.shape
    features = features_of(network, pixels[group.examples.ravel()], [tap])[tap]
    if not torch.isfinite(features).all():
        raise DataError(f"tap {tap}, {group.group} images: a representation holds a NaN or an infinity.")
    points = in_their_span(features)
    found = empirical_capacity(
        points,
        np.repeat(np.arange(n_manifolds), size),
        n_dichotomies=n_dichotomies,
        remove_mean=True,
        confidence=CONFIDENCE,
        random_state=job.seed_sequence("simulated capacity"),
    )
    return {
        "capacity": found.capacity,
        "low": found.low,
        "high": found.high if np.isfinite(found.high) else np.nan,
        "confidence": CONFIDENCE,
        "dichotomies": n_dichotomies,
        "undecided": found.n_undecided,
        "beyond": int((found.critical_dimensions > points.shape[1]).sum()),
        "n_manifolds": n_manifolds,
        "images_per_class": size,
        "n_features": features.shape[1],
    }


def _columns(row: Mapping[str, Any]) -> Columns:
    """A row as columns, NaN as null."""
    columns: dict[str, pa.Array] = {}
    for column in SIMULATED_CAPACITIES.columns:
        values = pa.array([row[column.name]], from_pandas=True)
        columns[column.name] = (
            values.dictionary_encode() if pa.types.is_dictionary(column.type) else values.cast(column.type)
        )
    return columns
