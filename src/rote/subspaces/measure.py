"""Class subspaces of a run's networks, from tables to tables: at every epoch and tap, of every labelling.

Accuracy on examples that a subspace was made of is near 1 for pure noise where features are many: beside it stands the
accuracy on each example by the subspaces of the other folds (cross-fitted), and everything is taken of the untrained
network and of the input too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.config.bounds import Share
from rote.config.components import Components
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.job import Job
from rote.models.network import INPUT
from rote.models.taps import asked_taps
from rote.parts import Parts, digest
from rote.progress import track
from rote.seeds import Seeds
from rote.settings import parse
from rote.subspaces.angles import principal_angles
from rote.subspaces.classifiers import Classifiers, size_name
from rote.subspaces.decisions import Decided
from rote.subspaces.features import features
from rote.subspaces.moments import ClassMoments
from rote.tables import Schema
from rote.tables.masc import CLASS_ANGLES, MASC_ACCURACY, MASC_EXAMPLES, MASC_PREDICTIONS, SUBSPACE_SIZES, TEST_PARTS
from rote.tables.parts import TableForm
from rote.training.listed import chosen_epochs
from rote.training.networks import TrainedNetwork, open_network
from rote.training.seen import seen

Labels = NDArray[np.int64]
Row = dict[str, Any]
SCHEMAS = (MASC_ACCURACY, MASC_PREDICTIONS, SUBSPACE_SIZES, CLASS_ANGLES)


@dataclass(frozen=True)
class How:
    """How class subspaces are measured, see `rote.config.masc.Masc`.

    Attributes
    ----------
    components : tuple of Components
    subset : int, str or None
        What the run saw of the training examples, see `rote.training.spec.NetworkSpec`.
    taps : tuple of str or "all"
        All are the input and every declared tap.
    epochs : tuple of int, "first" and "last", or "all"
    labellings : tuple of {"corrupted", "true"}
    folds : int
    baselines : tuple of {"class_means", "discriminant"}
    shrinkage : float
    """

    components: tuple[Components, ...]
    subset: int | str | None = None
    taps: tuple[str, ...] | str = "all"
    epochs: tuple[int | str, ...] | str = ("first", "last")
    labellings: tuple[Literal["corrupted", "true"], ...] = ("corrupted", "true")
    folds: int = 2
    baselines: tuple[Literal["class_means", "discriminant"], ...] = ("class_means", "discriminant")
    shrinkage: Share = 0.01


class Given(NamedTuple):
    """Tables of what a run was trained and tested on.

    Attributes
    ----------
    train, test, labels : Path
        Training images, test images, and the labels to train on.
    test_parts : Path
        TEST_PARTS table of the data set.
    reversed_labels : Path, optional
        Other labels of the training images, which the run never saw, to make subspaces of too.
    """

    train: Path
    test: Path
    labels: Path
    test_parts: Path
    reversed_labels: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """Those that are there."""
        return [path for path in self if path is not None]


class Outputs(NamedTuple):
    """Tables to write: MASC_ACCURACY, MASC_PREDICTIONS, SUBSPACE_SIZES, CLASS_ANGLES and MASC_EXAMPLES."""

    accuracy: Path
    predictions: Path
    sizes: Path
    angles: Path
    examples: Path


class Images(NamedTuple):
    """Images and labels that a run's networks are measured on.

    Attributes
    ----------
    train : ndarray, shape (n, H, W, C), uint8
        Those that the run saw, without weights.
    test : ndarray, shape (m, H, W, C), uint8
    labels : mapping of str to ndarray, each (n,), int64
        Labels of the training examples: given, true, and maybe reversed.
    test_labels : ndarray, shape (m,), int64
        True labels of the test images.
    selection : ndarray, shape (m,), bool
        Test images on which layers and epochs are chosen.
    folds : ndarray, shape (n,), int64
    examples : ndarray, shape (n,), int64
        Numbers of the training examples.
    n_classes : int
    """

    train: NDArray[np.uint8]
    test: NDArray[np.uint8]
    labels: Mapping[str, Labels]
    test_labels: Labels
    selection: NDArray[np.bool_]
    folds: NDArray[np.int64]
    examples: NDArray[np.int64]
    n_classes: int

    def of_labelling(self, labelling: str) -> Labels:
        """Labels that a labelling makes subspaces of."""
        return self.labels["given" if labelling == "corrupted" else labelling]


def measure_subspaces(checkpoints: Path, given: Given, outputs: Outputs, *, how: Mapping[str, Any], job: Job) -> None:
    """Classify training and test images by class subspaces of a run's layers; write five tables.

    Parts of an epoch and a tap lie in a folder beside the first table, from which a killed job goes on. The network's
    own predictions are those of every checkpoint, so that an epoch at which training should have stopped can be
    chosen.

    Parameters
    ----------
    checkpoints : Path
        CHECKPOINTS table of the run.
    given : Given
    outputs : Outputs
    how : mapping
        See `How`.
    job : Job
        Folds are drawn with its seeds; its key is the run's name.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If an option is unknown, a table or a checkpoint is missing or damaged, or the manifest lacks an epoch.
    """
    asked, device = parse(How, how, "masc"), job.device
    images = _images(given, asked, job)
    labellings = [*asked.labellings, *(["reversed"] if given.reversed_labels else [])]
    kept = chosen_epochs(checkpoints, "all")
    whole = digest(job.depends_on(how=dict(how)), [checkpoints, *given.paths])
    parts = {schema: Parts(outputs.accuracy.with_suffix(""), whole, TableForm(schema)) for schema in SCHEMAS}
    first = open_network(checkpoints, kept[0], device)
    names = asked_taps(first.model, "all") if asked.taps == "all" else asked_taps(first.model, tuple(asked.taps))
    taps = (INPUT, *(name for name in names if name != INPUT)) if asked.taps == "all" else names
    made = [(epoch, tap) for epoch in chosen_epochs(checkpoints, asked.epochs) for tap in taps]
    own = [(epoch, None) for epoch in kept]
    for epoch, tap in track([*own, *made], f"subspaces of {job.seed_key}", unit="layer"):
        if not all(one.is_finished(_key(epoch, tap, schema)) for schema, one in parts.items()):
            network = open_network(checkpoints, epoch, device)
            rows = _of_network(network, images) if tap is None else _of_tap(network, tap, labellings, images, asked)
            for schema, found in rows.items():
                parts[schema].write(_key(epoch, tap, schema), columns(found, schema))

    for path, schema in zip(outputs[:-1], SCHEMAS, strict=True):
        with tables.writing(path, schema, job.recorded(how=dict(how))) as table:
            for epoch, tap in [*own, *made]:
                table.append(parts[schema].read(_key(epoch, tap, schema)))
    tables.write(outputs.examples, MASC_EXAMPLES, _examples(images), job.recorded())
    parts[MASC_ACCURACY].remove()


def columns(rows: list[Row], schema: Schema) -> dict[str, pa.Array]:
    """Columns of rows, which may be none."""
    found = {}
    for column in schema.columns:
        plain = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        values = pa.array([row[column.name] for row in rows], plain)
        found[column.name] = values.dictionary_encode() if pa.types.is_dictionary(column.type) else values
    return found


def _key(epoch: int, tap: str | None, schema: Schema) -> str:
    return f"epoch_{epoch:06d}_{tap or 'own'}_{schema.name}"


def _images(tables_given: Given, how: How, job: Job) -> Images:
    training, held_out = load_images(tables_given.train), load_images(tables_given.test)
    given = load_labels(tables_given.labels, training.labels)
    saw = seen(how.subset, len(training.labels), Seeds(job.study_seed)).examples
    named = {"given": given.train_label[saw], "true": given.true_label[saw]}
    if tables_given.reversed_labels is not None:
        named["reversed"] = load_labels(tables_given.reversed_labels, training.labels).train_label[saw]
    parts = tables.read(tables_given.test_parts, TEST_PARTS).sort_by("example")
    folds = job.generator("folds of class subspaces").permutation(np.arange(len(saw)) % how.folds)
    return Images(
        training.images[saw],
        held_out.images,
        named,
        held_out.labels,
        np.asarray(parts["part"].to_numpy(zero_copy_only=False) == "selection"),
        folds,
        saw,
        training.n_classes,
    )


def _examples(images: Images) -> dict[str, Any]:
    """Which examples predictions are of, in their order, and their labels."""
    n, m = len(images.train), len(images.test)
    other = images.labels.get("reversed")
    return {
        "split": ["train"] * n + ["test"] * m,
        "example": np.concatenate([images.examples, np.arange(m)]).astype(np.int32),
        "given_label": np.concatenate([images.labels["given"], images.test_labels]).astype(np.int16),
        "true_label": np.concatenate([images.labels["true"], images.test_labels]).astype(np.int16),
        "reversed_label": pa.array([*(other.tolist() if other is not None else [None] * n), *[None] * m], pa.int16()),
        "part": ["train"] * n + ["selection" if one else "scoring" for one in images.selection],
    }


def _of_network(network: TrainedNetwork, images: Images) -> dict[Schema, list[Row]]:
    """The network's own predictions of all images."""
    keys = {
        "epoch": network.epoch,
        "tap": "fully_connected",
        "labelling": "none",
        "method": "network",
        "components": "none",
        "fitted_on": "none",
    }
    rows: dict[Schema, list[Row]] = {schema: [] for schema in SCHEMAS}
    for split, of in (("train", images.train), ("test", images.test)):
        predicted = network.predict(of).argmax(1).cpu().numpy()
        _add(rows, {**keys, "split": split}, Decided(predicted, np.zeros(len(of), np.bool_)), images)
    return rows


def _of_tap(
    network: TrainedNetwork, tap: str, labellings: list[str], images: Images, how: How
) -> dict[Schema, list[Row]]:
    """Everything that is measured at one tap, by one labelling after the other: moments of one are in memory."""
    rows: dict[Schema, list[Row]] = {schema: [] for schema in SCHEMAS}
    for labelling in labellings:
        keys = {"epoch": network.epoch, "tap": tap, "labelling": labelling}
        folds = _moments(network, tap, images.of_labelling(labelling), images, how.folds)
        whole = ClassMoments.joined(folds)
        everyone = Classifiers(whole, how.components, how.baselines, how.shrinkage)
        others = [
            Classifiers(
                ClassMoments.joined(fold for other, fold in enumerate(folds) if other != number),
                how.components,
                how.baselines,
                how.shrinkage,
            )
            for number in range(how.folds)
        ]
        decisions = {
            ("all", "train"): _decided(network, tap, images.train, everyone),
            ("other_folds", "train"): _cross_fitted(network, tap, images, others),
            ("all", "test"): _decided(network, tap, images.test, everyone),
        }
        for place, method in enumerate(everyone.methods):
            for (fitted_on, split), found in decisions.items():
                own = Decided(found.classes[place], found.tied[place])
                _add(rows, {**keys, **method._asdict(), "fitted_on": fitted_on, "split": split}, own, images)
        rows[SUBSPACE_SIZES] += _sizes(everyone, whole, how.components, keys)
        rows[CLASS_ANGLES] += _angles(everyone, how.components[0], keys)
    return rows


def _moments(network: TrainedNetwork, tap: str, labels: Labels, images: Images, folds: int) -> list[ClassMoments]:
    """Moments of each fold, in one pass over the images."""
    found: list[ClassMoments] = []
    for rows, values in features(network, images.train, tap):
        if not found:
            found = [ClassMoments(images.n_classes, values.shape[1]) for _ in range(folds)]
        for number, moments in enumerate(found):
            own = images.folds[rows] == number
            moments.add(values[own], labels[rows][own])
    return found


def _decided(network: TrainedNetwork, tap: str, images: NDArray[np.uint8], by: Classifiers) -> Decided:
    found = [by.decide(values) for _, values in features(network, images, tap)]
    return Decided(np.concatenate([one.classes for one in found], 1), np.concatenate([one.tied for one in found], 1))


def _cross_fitted(network: TrainedNetwork, tap: str, images: Images, others: list[Classifiers]) -> Decided:
    """Decision on each training example by what was made without its fold."""
    shape = len(others[0].methods), len(images.train)
    classes, tied = np.empty(shape, np.int64), np.empty(shape, np.bool_)
    for rows, values in features(network, images.train, tap):
        for number, by in enumerate(others):
            own = np.flatnonzero(images.folds[rows] == number)
            if len(own):
                found = by.decide(values[own])
                classes[:, rows.start + own], tied[:, rows.start + own] = found
    return Decided(classes, tied)


def _add(rows: dict[Schema, list[Row]], keys: Row, found: Decided, images: Images) -> None:
    """Rows of one method's decisions on one split."""
    rows[MASC_PREDICTIONS].append({**keys, "predicted": found.classes.astype(np.int16)})
    split = keys["split"]
    of = {name: value for name, value in keys.items() if name != "split"}
    for group, against, members, right in _groups(split, images):
        n, correct = int(members.sum()), int((found.classes == right)[members].sum())
        if n:
            share = correct / n
            rows[MASC_ACCURACY].append(
                {
                    **of,
                    "group": group,
                    "against": against,
                    "examples": n,
                    "correct": correct,
                    "accuracy": share,
                    "standard_error": float(np.sqrt(share * (1 - share) / n)),
                    "tied": int(found.tied[members].sum()),
                }
            )


def _groups(split: str, images: Images) -> Iterator[tuple[str, str, NDArray[np.bool_], Labels]]:
    """Groups of a split, by what counts as right."""
    if split == "test":
        everyone = np.ones(len(images.test), np.bool_)
        for group, members in (
            ("test", everyone),
            ("selection", images.selection),
            ("scoring", ~images.selection),
        ):
            yield group, "true", members, images.test_labels
        return
    changed = images.labels["given"] != images.labels["true"]
    for group, members in (("train", np.ones(len(changed), np.bool_)), ("changed", changed), ("unchanged", ~changed)):
        for against, right in images.labels.items():
            yield group, against, members, right


def _sizes(by: Classifiers, moments: ClassMoments, components: tuple[Components, ...], keys: Row) -> Iterator[Row]:
    for size, ranks in zip(components, by.subspaces.ranks.tolist(), strict=True):
        for label, dimensions in enumerate(ranks):
            yield {
                **keys,
                "components": size_name(size),
                "class": label,
                "dimensions": dimensions,
                "spanned": int(by.subspaces.full[label]),
                "examples": moments[label].n,
                "features": moments.n_features,
            }


def _angles(by: Classifiers, size: Components, keys: Row) -> Iterator[Row]:
    """Of every two classes, at the first size; a class without a subspace has none."""
    ranks = by.subspaces.ranks[0]
    bases = [basis[:, :rank] for basis, rank in zip(by.subspaces.bases, ranks, strict=True)]
    for label, other in combinations(range(len(bases)), 2):
        if ranks[label] and ranks[other]:
            found = principal_angles(bases[label], bases[other])
            yield {
                **keys,
                "components": size_name(size),
                "class": label,
                "other_class": other,
                "smallest": float(found[0]),
                "largest": float(found[-1]),
                "overlap": float(np.mean(np.cos(found) ** 2)),
            }
