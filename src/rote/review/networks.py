"""Runs again: whole trainings from the spec on record, and what follows from their networks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import safetensors.torch
import torch

from rote import devices, tables
from rote.files import checksum
from rote.job import Job
from rote.representations.record import record_representations
from rote.review.agreement import EQUIVALENCE, Agreement, compared, skipped
from rote.review.distances import of_histories, of_maps, of_rows
from rote.review.excess import Distances
from rote.review.kind import of_this_kind
from rote.similarity.compare import compare_epochs
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.representations import GRAM_ROWS
from rote.tables.training import CHECKPOINTS, HISTORY
from rote.tensors import save
from rote.training.run import train_run

KIND = "networks"
TRAININGS = 4  # on another kind of processor, see `rote.review.excess`


@dataclass(frozen=True)
class EpochMap:
    """A run's epoch×epoch map on record, and how it was made.

    Attributes
    ----------
    gram_rows, epoch_cka : Path
        GRAM_ROWS and EPOCH_CKA tables.
    images, drawn : Path
        Table of images, and DRAWN_IMAGES of those that were compared.
    what : mapping
        As in `rote.representations.record.record_representations`.
    how : mapping
        `estimator`, `batches` and `memory`, see `rote.similarity.compare.compare_epochs`.
    """

    gram_rows: Path
    epoch_cka: Path
    images: Path
    drawn: Path
    what: Mapping[str, Any]
    how: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A run on record.

    Attributes
    ----------
    spec, train, test, labels, history, checkpoints, job
        As in `rote.training.run.train_run`.
    epoch_map : EpochMap, optional
        Of its networks.
    """

    spec: Mapping[str, Any]
    train: Path
    test: Path
    labels: Path
    history: Path
    checkpoints: Path
    job: Job
    epoch_map: EpochMap | None = None


def review_run(run: Run, *, results: Path, level: float, values: float, counts: float, folder: Path) -> list[Agreement]:
    """Train a run again, once where its processor is of this kind, else `TRAININGS` times with other rounding.

    Parameters
    ----------
    run : Run
    results : Path
        Folder after which tables are called.
    level : float
        Probability, of each comparison, with which an honest run of another kind of processor is refused.
    values : float
        Tolerance of CKAs on the same kind of processor; histories and weights must be equal there.
    counts : float
        Tolerance of errors, losses and CKAs of one network that another kind of processor evaluates.
    folder : Path
        To work in: empty, this run's alone.

    Returns
    -------
    list of Agreement
        On the same kind of processor: history, checkpoints and map. On another one: what the untrained network and the
        networks on record, where they are here, come to, against history and map on record; then history, map and Gram
        rows on record against those of the trainings here, each by `rote.review.excess`.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As `rote.training.run.train_run`, `rote.representations.record.record_representations` and
        `rote.similarity.compare.compare_epochs`.
    """
    device = run.job.device
    called = str(run.history.relative_to(results))
    made_on, here = tables.provenance(run.history).get("device", ""), devices.describe(device)
    if ("CPU" in made_on) != ("CPU" in here):
        return [skipped(KIND, called, "whole training", f"trained on {made_on}; {here} draws other random numbers")]
    if of_this_kind(run.history, device):
        return _equal(run, results, values, folder)
    return _of_networks_on_record(run, results, counts, folder) + _equivalent(run, results, level, counts, folder)


def _equal(run: Run, results: Path, values: float, folder: Path) -> list[Agreement]:
    """History, checkpoints and map of one more training against those on record."""
    _train(run, folder)
    found = []
    for recorded, name, schema, columns in (
        (run.history, "history", HISTORY, [column.name for column in HISTORY.columns]),
        (run.checkpoints, "checkpoints", CHECKPOINTS, ["epoch", "bytes", "checksum"]),
    ):
        called, again = str(recorded.relative_to(results)), tables.read(folder / f"{name}.parquet", schema, columns)
        known = tables.read(recorded, schema, columns)
        found.append(compared(KIND, called, f"{name} of a whole training", known, again, 0.0))
    if run.epoch_map:
        remade = _draw_map(run, run.epoch_map, folder)
        found.append(_compared_maps(run.epoch_map, results, "map of a whole training", remade, values))
    return found


def _of_networks_on_record(run: Run, results: Path, tolerance: float, folder: Path) -> list[Agreement]:
    """What the checkpoints on record come to when evaluated here, against history and map on record."""
    manifest, folder = tables.read(run.checkpoints, CHECKPOINTS), folder / "recorded"
    paths = [(run.checkpoints.parent / file).absolute() for file in manifest["file"].to_pylist()]
    called = str(run.history.relative_to(results))
    part = "history from the networks on record"
    if not all(path.is_file() for path in paths):
        return [skipped(KIND, called, part, f"the networks of {run.checkpoints} are not here")]
    altered = sum(checksum(path) != known for path, known in zip(paths, manifest["checksum"].to_pylist(), strict=True))
    note = f"{altered} of {len(paths)} networks are not those that were written" if altered else ""
    listed = str(run.checkpoints.relative_to(results))
    found = [Agreement(KIND, listed, "checksums of networks", len(paths), altered, 0.0, note)]

    history, again = tables.read(run.history, HISTORY), []
    for epoch, path in zip(manifest["epoch"].to_pylist(), paths, strict=True):
        if pc.any(pc.equal(history["epoch"], epoch)).as_py():
            _train(run, folder, path, untrained=True)
            measured = tables.read(folder / "history.parquet", HISTORY)
            epochs = pa.array([epoch] * len(measured), pa.int32())
            again.append(measured.set_column(measured.column_names.index("epoch"), "epoch", epochs))
    known = history.filter(pc.is_in(history["epoch"], manifest["epoch"].combine_chunks()))
    by_history = compared(KIND, called, part, known, pa.concat_tables(again), tolerance)
    found.append(replace(by_history, criterion=EQUIVALENCE))
    if run.epoch_map:
        remade = _draw_map(run, run.epoch_map, folder, run.checkpoints)
        part = "map from the networks on record"
        by_map = _compared_maps(run.epoch_map, results, part, remade, tolerance)
        found.append(replace(by_map, criterion=EQUIVALENCE))
    return found


def _equivalent(run: Run, results: Path, level: float, counts: float, folder: Path) -> list[Agreement]:
    """History, map and Gram rows on record against those of trainings that differ by rounding alone."""
    _train(run, folder / "start", untrained=True)
    start = folder / "start" / "checkpoints" / "epoch_000000.safetensors"
    called = str(run.history.relative_to(results))
    recorded, untrained = (tables.read(path, HISTORY) for path in (run.history, folder / "start" / "history.parquet"))
    recorded = recorded.filter(pc.equal(recorded["epoch"], 0))
    beginning = compared(KIND, called, "history of the untrained network", recorded, untrained, counts)
    histories, maps, manifests = [run.history], [], []
    if run.epoch_map:
        maps, manifests = [run.epoch_map.epoch_cka], [run.epoch_map.gram_rows]
    for number in range(TRAININGS):
        place = folder / f"training_{number}"
        moved = place / "start.safetensors"
        _move(start, moved, run.job.generator("rounding of a review", number))
        _train(run, place, moved)
        histories.append(place / "history.parquet")
        if run.epoch_map:
            maps.append(_draw_map(run, run.epoch_map, place))
            manifests.append(place / "gram_rows.parquet")
    found = [replace(beginning, criterion=EQUIVALENCE), _far(called, "history", of_histories(histories), level)]
    if run.epoch_map:
        called = str(run.epoch_map.epoch_cka.relative_to(results))
        found.append(_far(called, "map", of_maps(maps), level))
        if all(path.is_file() for path in _files(run.epoch_map.gram_rows)):
            called = str(run.epoch_map.gram_rows.relative_to(results))
            found.append(_far(called, "Gram rows", of_rows(manifests, run.epoch_map.how["estimator"]), level))
    return found


def _train(run: Run, place: Path, starting_weights: Path | None = None, untrained: bool = False) -> None:
    """Train the run into a folder, from other weights where given; untrained it is evaluated and kept as it begins."""
    spec = dict(run.spec)
    if starting_weights is not None:
        spec["starting_weights"] = str(starting_weights)
    if untrained:
        spec["recipe"] = {**spec["recipe"], "stop": {"epochs": 0}}
    train_run(
        spec=spec,
        train=run.train,
        test=run.test,
        labels=run.labels,
        history=place / "history.parquet",
        checkpoints=place / "checkpoints.parquet",
        job=run.job,
    )


def _move(path: Path, output: Path, random: np.random.Generator) -> None:
    """Write weights of which each is moved to the next float32 number, up or down at random: one rounding error."""
    moved = {}
    for name, weight in sorted(safetensors.torch.load_file(path).items()):
        if weight.is_floating_point():
            up = torch.from_numpy(random.random(tuple(weight.shape)) < 0.5)
            weight = torch.nextafter(weight, torch.where(up, torch.inf, -torch.inf).to(weight.dtype))
        moved[name] = weight
    save(output, moved)


def _draw_map(run: Run, shown: EpochMap, place: Path, checkpoints: Path | None = None) -> Path:
    """Make Gram rows and map of a training in its folder, or of other checkpoints."""
    manifest, output = place / "gram_rows.parquet", place / "epoch_cka.parquet"
    record_representations(
        checkpoints=checkpoints or place / "checkpoints.parquet",
        history=run.history if checkpoints else place / "history.parquet",
        images=shown.images,
        drawn=shown.drawn,
        output=manifest,
        what={**shown.what, "unrelated_initialisations": 0},
        job=run.job,
    )
    compare_epochs(manifest, output, **shown.how, job=run.job)
    return output


def _compared_maps(shown: EpochMap, results: Path, part: str, again: Path, tolerance: float) -> Agreement:
    known, remade = (tables.read(path, EPOCH_CKA) for path in (shown.epoch_cka, again))
    return compared(KIND, str(shown.epoch_cka.relative_to(results)), part, known, remade, tolerance)


def _files(manifest: Path) -> list[Path]:
    """Files of Gram rows that a table lists."""
    return [manifest.parent / file for file in tables.read(manifest, GRAM_ROWS, ["file"])["file"].to_pylist()]


def _far(table: str, what: str, distances: Distances, level: float) -> Agreement:
    """Whether what is on record lies no farther from the trainings here than they from one another."""
    m, found, bound = distances.fresh, distances.excess, distances.allowed(level)
    note = ""
    if found > bound:
        note = f"unlike {m} trainings here: {found:.1f} times the variance that rounding explains, {bound:.1f} allowed"
    return Agreement(KIND, table, f"{what} among trainings that round otherwise", m, found, bound, note, EQUIVALENCE)
