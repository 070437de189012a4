"""Stitches into the tail of one network, from tables to tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.job import Job
from rote.models.batch_norm import recalibrate
from rote.parts import Parts, digest
from rote.progress import track
from rote.seeds import Seeds
from rote.settings import parse
from rote.stitching.kept import Room
from rote.stitching.recipe import StitchRecipe
from rote.stitching.similarity import similarity_behind
from rote.stitching.stitched import Stitched, own_predictions, stitch_networks
from rote.tables.parts import TableForm
from rote.tables.stitching import STITCHED_CKA, STITCHED_PREDICTIONS, STITCHES
from rote.training.calibration import calibration_batches
from rote.training.examples import Examples
from rote.training.networks import TrainedNetwork, open_network
from rote.training.seen import seen

UNTRAINED = "untrained"
Role = Literal["clean", "second_clean", "noisy", "untrained", "self"]


@dataclass(frozen=True)
class Half:
    """A network that gives a front or a tail.

    Attributes
    ----------
    run : str
        ``"untrained"`` for random weights.
    role : {"clean", "second_clean", "noisy", "untrained", "self"}
        See `rote.tables.stitching`.
    noise : float
        Nominal share of random labels of a noisy network.
    """

    run: str
    role: Role
    noise: float = 0.0


@dataclass(frozen=True)
class What:
    """What is stitched.

    Attributes
    ----------
    tail : Half
    fronts : tuple of Half
    cuts : tuple of str
    recipe : mapping
        See `rote.config.stitching.StitchRecipe`.
    subset : int, str or None
        What of the training images stitches are trained on, see `rote.training.spec.NetworkSpec`.
    """

    tail: Half
    fronts: tuple[Half, ...]
    cuts: tuple[str, ...]
    recipe: Mapping[str, Any]
    subset: int | str | None = None


class Outputs(NamedTuple):
    """Tables to write."""

    stitches: Path
    predictions: Path
    similarity: Path


def stitch_into(
    *,
    checkpoints: Mapping[str, Path],
    labels: Mapping[str, Path],
    train: Path,
    test: Path,
    outputs: Outputs,
    what: Mapping[str, Any],
    memory: int,
    job: Job,
) -> None:
    """Stitch the fronts of several networks to the tail of one at every cut; write STITCHES and more.

    Also written are STITCHED_PREDICTIONS, and as STITCHED_CKA how much the layers behind the cut resemble those of the
    clean network; without one there are no rows. Networks are those of the last epoch. An untrained network has the
    weights that it would begin with, and its batch norms the statistics of the training images. Cuts are parts, from
    which a killed job goes on.

    Parameters
    ----------
    checkpoints : mapping of str to Path
        CHECKPOINTS table of each run; an untrained network is of the kind of the first.
    labels : mapping of str to Path
        Table of the training labels of each noisy run.
    train, test : Path
        Tables of the training and of the test images.
    outputs : Outputs
    what : mapping
        See `What`.
    memory : int
        Bytes of activations that are held in memory.
    job : Job
        Of its seeds are untrained networks and the order of the images.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If an option is unknown, a network has no such cut, a table or a checkpoint is missing or damaged, or a stitch
        diverges.
    """
    asked = parse(What, what, "stitching")
    recipe, images, held_out = StitchRecipe.from_config(asked.recipe), load_images(train), load_images(test)
    device = job.device
    noisy = {run: load_labels(path, images.labels) for run, path in labels.items()}
    wrong = {run: float((given.train_label != given.true_label).mean()) for run, given in noisy.items()}
    chosen = seen(asked.subset, len(images.labels), Seeds(job.study_seed)).examples
    training = Examples.on(device, images.images[chosen], images.labels[chosen])
    tested = Examples.on(device, held_out.images, held_out.labels)

    inputs = [*checkpoints.values(), *labels.values(), train, test]
    whole, folder = digest(job.depends_on(what=dict(what)), inputs), outputs.stitches.with_suffix("")
    of_stitches = Parts(folder, whole, TableForm(STITCHES))
    of_predictions = Parts(folder / "predictions", whole, TableForm(STITCHED_PREDICTIONS))
    of_similarity = Parts(folder / "similarity", whole, TableForm(STITCHED_CKA))
    every = of_stitches, of_predictions, of_similarity
    keys = {f"cut_{number:02d}": cut for number, cut in enumerate(asked.cuts)}
    missing = [key for key in keys if not all(parts.is_finished(key) for parts in every)]
    if missing:
        into = _opened(asked.tail, "tail", checkpoints, training, job)
        fronts = {
            front: into if front.role == "self" else _opened(front, "front", checkpoints, training, job)
            for front in asked.fronts
        }
        unchanged = own_predictions(into, tested)
        for key in track(missing, f"stitches into {asked.tail.run}", unit="cut"):
            cut = keys[key]
            found = stitch_networks(
                {front.role + " " + front.run: network for front, network in fronts.items()},
                into,
                cut,
                training,
                tested,
                recipe=recipe,
                seeds=job.within(cut),
                room=Room(memory, folder),
            )
            pairs = list(zip(fronts, found, strict=True))
            of_predictions.write(key, _predictions(asked.tail, cut, pairs, unchanged))
            clean = [network for half, network in [(asked.tail, into), *fronts.items()] if half.role == "clean"]
            of_similarity.write(key, _similarity(asked.tail, cut, pairs, clean, tested))
            of_stitches.write(key, _rows(asked.tail, cut, pairs, unchanged, recipe, wrong))
    for path, schema, parts in (
        (outputs.predictions, STITCHED_PREDICTIONS, of_predictions),
        (outputs.similarity, STITCHED_CKA, of_similarity),
        (outputs.stitches, STITCHES, of_stitches),
    ):
        with tables.writing(path, schema, job.recorded()) as table:
            for key in keys:
                table.append(parts.read(key))
    of_stitches.remove()


def _opened(half: Half, part: str, checkpoints: Mapping[str, Path], training: Examples, job: Job) -> TrainedNetwork:
    """The network of a half; an untrained front and an untrained tail are two networks."""
    if half.run != UNTRAINED:
        return open_network(checkpoints[half.run], device=job.device)
    like = open_network(next(iter(checkpoints.values())), device=job.device)
    model = like.blueprint.untrained(job.integer_seed(f"untrained {part}")).to(job.device)
    model.to(memory_format=like.blueprint.memory_format).eval()
    recalibrate(model, calibration_batches(training, like.normalisation, job.within(f"untrained {part}")))
    return TrainedNetwork(model, like.normalisation, 0, like.blueprint, job.device)


Pairs = Sequence[tuple[Half, Stitched]]


def _pair_columns(tail: Half, cut: str, fronts: Sequence[Half]) -> Iterator[tuple[str, pa.Array]]:
    values = {
        "front": [front.run for front in fronts],
        "front_role": [front.role for front in fronts],
        "tail": [tail.run] * len(fronts),
        "tail_role": [tail.role] * len(fronts),
        "cut": [cut] * len(fronts),
    }
    yield from ((name, pa.array(given, pa.string()).dictionary_encode()) for name, given in values.items())


def _rows(
    tail: Half,
    cut: str,
    pairs: Pairs,
    unchanged: NDArray[np.bool_],
    recipe: StitchRecipe,
    wrong: Mapping[str, float],
) -> dict[str, Any]:
    """Columns of a STITCHES table at one cut."""
    fronts, found = [front for front, _ in pairs], [one for _, one in pairs]
    noisy = [tail if tail.role == "noisy" else front for front in fronts]
    accuracy = np.array([one.trained.mean() for one in found])
    return {
        **dict(_pair_columns(tail, cut, fronts)),
        "noise": np.array([half.noise for half in noisy]),
        "wrong_labels": np.array([wrong.get(half.run, 0.0) for half in noisy]),
        "style": pa.array([recipe.style] * len(found), pa.string()).dictionary_encode(),
        "start": pa.array([one.start for one in found], pa.string()).dictionary_encode(),
        "steps": np.full(len(found), recipe.steps, np.int32),
        "r_squared": pa.array([one.r_squared for one in found], pa.float64(), from_pandas=True),
        "loss": np.array([one.loss for one in found]),
        "examples": np.full(len(found), len(unchanged), np.int32),
        "tail_accuracy": np.full(len(found), unchanged.mean()),
        "least_squares_accuracy": np.array([one.least_squares.mean() for one in found]),
        "start_accuracy": np.array([one.started.mean() for one in found]),
        "accuracy": accuracy,
        "standard_error": np.sqrt(accuracy * (1 - accuracy) / len(unchanged)),
        "statistics_moved": np.array([one.statistics_moved for one in found]),
    }


def _predictions(tail: Half, cut: str, pairs: Pairs, unchanged: NDArray[np.bool_]) -> dict[str, Any]:
    """Columns of a STITCHED_PREDICTIONS table at one cut."""
    n = len(unchanged)
    return {
        **dict(_pair_columns(tail, cut, [front for front, _ in pairs for _ in range(n)])),
        "example": np.tile(np.arange(n, dtype=np.int32), len(pairs)),
        "tail_right": np.tile(unchanged, len(pairs)),
        "least_squares_right": np.concatenate([one.least_squares for _, one in pairs]),
        "right": np.concatenate([one.trained for _, one in pairs]),
    }


def _similarity(tail: Half, cut: str, pairs: Pairs, clean: Sequence[TrainedNetwork], test: Examples) -> dict[str, Any]:
    """Columns of a STITCHED_CKA table at one cut."""
    found = similarity_behind([one for _, one in pairs], clean[0], cut, test) if clean else {}
    fronts = [front for _ in found for front, _ in pairs]
    noisy = [tail if tail.role == "noisy" else front for front in fronts]
    return {
        **dict(_pair_columns(tail, cut, fronts)),
        "noise": np.array([half.noise for half in noisy], np.float64),
        "tap": pa.array([tap for tap in found for _ in pairs], pa.string()).dictionary_encode(),
        "cka": pa.array([value for values in found.values() for value in values], pa.float64(), from_pandas=True),
    }
