"""The one place that writes small tables of data, training and memorization, for tests of whatever reads them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor, nn

from rote import tables
from rote.files import checksum
from rote.representations.gram_rows import described, pack
from rote.tables.data import LABELS
from rote.tables.data import images as images_schema
from rote.tables.memorization import SCORES, with_nulls
from rote.tables.representations import GRAM_ROWS
from rote.tables.training import SUBSET
from rote.tensors import save
from rote.training.checkpoints import write_checkpoint
from rote.training.manifest import write_manifest
from tests.unit.small_networks import blueprint

Network = tuple[str, int, int, Mapping[str, Sequence[Tensor]]]


def write_images(
    path: Path,
    pixels: np.ndarray,
    labels: ArrayLike,
    *,
    split: str = "train",
    name: str = "noise",
    classes: Collection[str] = "abcd",
    mean: Sequence[float] = (0.5,),
    std: Sequence[float] = (0.3,),
) -> Path:
    """Images (n, H, W, C) uint8 of published classes (n,), with mean and std (C,) in units of the largest pixel."""
    shape = tuple(map(int, pixels.shape[1:]))
    header = {"name": name, "split": split, "shape": shape, "classes": list(classes), "licence": "none"}
    columns = {
        "example": np.arange(len(pixels)),
        "image": [image.tobytes() for image in pixels],
        "true_label": np.asarray(labels),
    }
    tables.write(path, images_schema(shape), columns, {"dataset": header | {"mean": list(mean), "std": list(std)}})
    return path


def write_labels(
    path: Path,
    true_label: ArrayLike,
    train_label: ArrayLike | None = None,
    *,
    permuted: ArrayLike | None = None,
    order: ArrayLike | slice = slice(None),
) -> Path:
    """Labels (n,) to train on, the published ones unless given, permuted where they differ; rows in an order."""
    true_label = np.asarray(true_label)
    train_label = true_label if train_label is None else np.asarray(train_label)
    columns = {
        "example": np.arange(len(true_label)),
        "true_label": true_label,
        "train_label": train_label,
        "permuted": train_label != true_label if permuted is None else np.asarray(permuted),
    }
    tables.write(path, LABELS, {name: values[order] for name, values in columns.items()}, {})
    return path


def write_subset(path: Path, example: ArrayLike, weight: ArrayLike = 1) -> Path:
    """Examples (n,) that a run sees, each with its weight, or all with one."""
    example = np.asarray(example)
    tables.write(path, SUBSET, {"example": example, "weight": np.broadcast_to(weight, example.shape)}, {})
    return path


def write_checkpoints(folder: Path, networks: Mapping[int, nn.Module], **built: Any) -> Path:
    """A run's checkpoints by epoch, in a folder beside their manifest; `built` of other than `blueprint()` says."""
    manifest = folder / "checkpoints.parquet"
    written = [write_checkpoint(model, manifest.with_suffix(""), epoch) for epoch, model in networks.items()]
    write_manifest(manifest, manifest.with_suffix(""), written, blueprint(**built), {})
    return manifest


def write_scores(
    path: Path,
    score: ArrayLike,
    *,
    order: ArrayLike | slice = slice(None),
    trials: int = 64,
    wildcards: Mapping[str, str] | None = None,
    **known: ArrayLike,
) -> Path:
    """Memorization scores (n,), missing where NaN, and other columns where known; rows in an order."""
    missing = np.full(np.shape(score), np.nan)
    columns = dict.fromkeys((column.name for column in SCORES.columns), missing)
    columns |= {"example": np.arange(len(missing)), "score": score, **known}
    ordered = {column.name: with_nulls(np.asarray(columns[column.name])[order], column) for column in SCORES.columns}
    tables.write(path, SCORES, ordered, {"trials": trials, "wildcards": wildcards or {}})
    return path


def write_gram_rows(folder: Path, networks: Sequence[Network]) -> Path:
    """Gram rows of networks, each a reference, its index, its epoch, and by tap its representations (n, d) by batch."""
    table: dict[str, list] = {column.name: [] for column in GRAM_ROWS.columns}
    for reference, index, epoch, taps in networks:
        path = folder / "gram_rows" / f"{reference}_{index}_{epoch}.safetensors"
        packed = {tap: [pack(batch) for batch in batches] for tap, batches in taps.items()}
        save(path, *described(packed))
        values = (reference, index, epoch, f"gram_rows/{path.name}", path.stat().st_size, checksum(path))
        for column, value in zip(table.values(), values, strict=True):
            column.append(value)
    tables.write(folder / "gram_rows.parquet", GRAM_ROWS, table, {})
    return folder / "gram_rows.parquet"
