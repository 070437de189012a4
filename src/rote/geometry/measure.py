"""Capacity and geometry of a run's manifolds: at every epoch and tap, of every group of images."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rote import tables
from rote.config.capacity import Capacity
from rote.errors import DataError
from rote.geometry.capacity import ManifoldCapacity, ManifoldTable
from rote.geometry.closed_forms import ball_capacity, capacity_without_centers, capacity_without_structure
from rote.geometry.gram import GramBlocks
from rote.job import Job
from rote.parts import Parts, digest
from rote.progress import track
from rote.representations.manifold_blocks import Manifolds, NetworkBlocks
from rote.settings import parse
from rote.tables import Schema
from rote.tables.geometry import CAPACITIES, MANIFOLDS
from rote.tables.parts import TableForm
from rote.tables.representations import MANIFOLD_BLOCKS

Row = dict[str, Any]
AVERAGES = ("capacity", "capacity_error", "radius", "radius_error", "dimension", "dimension_error")
COLUMN = {"radius": "relative_radius", "radius_error": "relative_radius_error"}  # of a value that has another name here


def measure_capacity(*, blocks: Path, capacities: Path, manifolds: Path, options: Mapping[str, Any], job: Job) -> None:
    """Measure manifold capacity, radius, dimension and centre correlation of what was recorded of a run's networks.

    Draws are keyed by image, so a group has the same at every epoch and tap, and permuted and restored have the same
    where they share an image: what differs between them is no chance of the draws. A killed job goes on after the last
    network that was measured.

    Parameters
    ----------
    blocks : Path
        MANIFOLD_BLOCKS table.
    capacities, manifolds : Path
        CAPACITIES and MANIFOLDS tables to write.
    options : mapping
        See `rote.config.capacity.Capacity`.
    job : Job
        Draws follow from its seed; its key is the run's name.

    Raises
    ------
    ConfigError
        If an option is unknown or out of range.
    DataError, TableError
        If there is no network of the run, or a table or a file is missing or damaged.
    """
    how = parse(Capacity, options, "geometry.capacity")
    listed = tables.read(blocks, MANIFOLD_BLOCKS).sort_by("epoch").to_pylist()
    networks = {row["epoch"]: blocks.parent / row["file"] for row in listed if row["reference"] == "own"}
    if not networks:
        raise DataError(f"{blocks} lists no network of the run. Delete it and run again.")
    whole = digest(job.depends_on(options=dict(options)), [blocks])
    parts = {schema: Parts(capacities.with_suffix(""), whole, TableForm(schema)) for schema in (CAPACITIES, MANIFOLDS)}
    for epoch, path in track(networks.items(), f"manifolds of {job.seed_key}", unit="network"):
        if not all(kept.is_finished(_key(epoch, schema)) for schema, kept in parts.items()):
            for schema, columns in _measured(NetworkBlocks.opened(path), epoch, how, job).items():
                parts[schema].write(_key(epoch, schema), columns)

    for path, (schema, kept) in zip((capacities, manifolds), parts.items(), strict=True):
        with tables.writing(path, schema, job.recorded(options=dict(options))) as table:
            for epoch in networks:
                table.append(kept.read(_key(epoch, schema)))
    kept.remove()


def _key(epoch: int, schema: Schema) -> str:
    return f"epoch_{epoch:06d}_{schema.name}"


def _measured(network: NetworkBlocks, epoch: int, how: Capacity, job: Job) -> dict[Schema, Mapping[str, Any]]:
    """Columns of both tables for one network."""
    rows: list[Row] = []
    of_manifolds: list[Row] = []
    for tap in network.n_features:
        for number, group in enumerate(network.groups):
            analysed = _analysed(network, number, tap, how, job)
            of_group = {"epoch": epoch, "tap": tap, "group": group.group, "shuffled": group.shuffled}
            rows.append({**of_group, **_averages(analysed, group, how)})
            of_manifolds.extend({**of_group, **row} for row in _each(analysed.manifolds_, group))
    return {CAPACITIES: _columns(rows, CAPACITIES), MANIFOLDS: _columns(of_manifolds, MANIFOLDS)}


def _analysed(network: NetworkBlocks, number: int, tap: str, how: Capacity, job: Job) -> ManifoldCapacity:
    within, crossed, centers = network.parts(number, tap)
    keys = tuple(tuple(row) for row in network.groups[number].examples.tolist())
    found = GramBlocks(tuple(within), tuple(crossed), centers, keys, network.n_features[tap])
    model = ManifoldCapacity(
        n_draws=how.n_draws,
        restarts=how.n_restarts,
        definition=how.definition,
        directions=how.directions,
        center_removal=how.center_removal,
        sampling=how.sampling,
        random_state=job.seed_sequence("manifold capacity"),
    )
    return model.fit_gram(found)


def _averages(model: ManifoldCapacity, group: Manifolds, how: Capacity) -> Row:
    """What a CAPACITIES row says beside whose it is."""
    n_manifolds, size = group.examples.shape
    shared, defined = model.shared_directions_, model.n_defined_ > 0
    return {
        **{COLUMN.get(name, name): getattr(model, f"{name}_") for name in AVERAGES},
        "center_correlation": model.center_correlation_,
        "residual_correlation": float(shared.correlations[shared.rank]),
        "shared_directions": shared.rank,
        "agreeing": shared.agreeing,
        "restarts": shared.restarts,
        "center_removal": "published" if shared.restarts else "none",
        "definition": how.definition,
        "directions": how.directions,
        "n_manifolds": n_manifolds,
        "n_defined": model.n_defined_,
        "n_deficient": int((model.manifolds_.rank < size - 1).sum()),
        "images_per_class": size,
        "n_features": model.n_features_in_,
        "ball_capacity": ball_capacity(model.radius_, model.dimension_) if defined else np.nan,
        "capacity_without_structure": capacity_without_structure(size),
        "capacity_without_centers": capacity_without_centers(size - 1),
    }


def _each(found: ManifoldTable, group: Manifolds) -> Iterator[Row]:
    """What the MANIFOLDS rows of a group say beside whose they are."""
    values = {COLUMN.get(one.name, one.name): getattr(found, one.name) for one in fields(ManifoldTable)}
    for number, label in enumerate(group.classes):
        yield {"class": label, **{name: of_all[number] for name, of_all in values.items()}}


def _columns(rows: list[Row], schema: Schema) -> dict[str, pa.Array]:
    """Columns of rows, NaN as null."""
    columns = {}
    for column in schema.columns:
        values = pa.array([row[column.name] for row in rows], from_pandas=True)
        columns[column.name] = (
            values.dictionary_encode() if pa.types.is_dictionary(column.type) else values.cast(column.type)
        )
    return columns
