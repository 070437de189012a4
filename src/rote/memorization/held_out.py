"""How networks do on the density bin that they were trained without, beside its memorization scores.

Jamroz & Kurdziel, section "Class representations correlate with memorization" and Fig. 3. The text does not say how
the F-score is averaged over classes; here it is the macro average unless another is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from scipy.stats import binomtest

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.errors import DataError, TrainingError
from rote.f_score import RESAMPLES, Average, f_score, f_score_error
from rote.job import Job
from rote.options import check_choice
from rote.tables.bins import BIN_SUMMARY, BINS, HELD_OUT, unseen_examples
from rote.tables.density import GROUPS
from rote.tables.memorization import SCORES, with_nulls
from rote.training.networks import open_network

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class NetworkWithout:
    """A network that was trained without a bin, and where its predictions go.

    Attributes
    ----------
    bin_number : int
    subset : Path
        SUBSET table that it was trained on, which must hold no example of the bin.
    checkpoints : Path
        CHECKPOINTS table of its training.
    output : Path
        HELD_OUT table to write, in the order of ``example``.
    epoch : int, optional
        Of the checkpoint; the last one by default.
    """

    bin_number: int
    subset: Path
    checkpoints: Path
    output: Path
    epoch: int | None = None


def score_bins(networks: Sequence[NetworkWithout], *, bins: Path, train: Path, labels: Path, job: Job) -> None:
    """Write what networks predict, each for the bin that it was trained without.

    Images are not augmented, no noise is added, and networks are in evaluation mode.

    Parameters
    ----------
    networks : sequence of NetworkWithout
    bins : Path
        BINS table.
    train, labels : Path
        Tables of the training images and of their labels.
    job : Job

    Raises
    ------
    DataError, TableError, TrainingError
        If a table cannot be used, there is no such bin or checkpoint, the bins are of another training set, a network
        has seen an example of its bin, or a logit is not finite.
    """
    images = load_images(train)
    train_label = load_labels(labels, images.labels).train_label
    for one in networks:
        examples = unseen_examples(bins, one.bin_number, one.subset)
        if examples[0] < 0 or examples[-1] >= len(train_label):
            raise DataError(f"{bins} has an example that {train} has not: they are of different data. Run both again.")
        network = open_network(one.checkpoints, one.epoch, job.device)
        logits, epoch = network.predict(images.images[examples]), network.epoch
        if not torch.isfinite(logits).all():
            raise TrainingError(
                f"{one.checkpoints}: a logit of epoch {epoch} is not finite. Look for a network that diverged."
            )
        columns = {
            "example": examples,
            "bin": np.full(len(examples), one.bin_number),
            "train_label": train_label[examples],
            "predicted_class": logits.argmax(1).cpu().numpy(),
        }
        tables.write(one.output, HELD_OUT, columns, job.recorded(epoch=epoch))


def describe_bins(
    *,
    bins: Path,
    scores: Path,
    groups: Path,
    held_out: Sequence[Path],
    output: Path,
    job: Job,
    average: Average = "macro",
) -> None:
    """Write one row per bin: its log densities, memorization scores, groups of classes, and networks without it.

    Everything is joined by example, whatever the order of rows and tables.

    Parameters
    ----------
    bins, scores, groups : Path
        BINS, SCORES and GROUPS tables. Scores may be of more examples, groups of more classes.
    held_out : sequence of Path
        HELD_OUT tables, one for each bin.
    output : Path
        BIN_SUMMARY table to write, by rising bin.
    job : Job
        The bootstrap's seed follows from it and the bin.
    average : {"macro", "micro", "weighted"}
        Of the F-score over classes, see `f_score`.

    Raises
    ------
    ConfigError
        If the average is unknown.
    DataError
        If a bin has no HELD_OUT table or two, one is not of the bin's examples, an example is missing from the
        scores, or a class from the groups.
    TableError
        If a table is missing or damaged.
    """
    check_choice("average of the F-score", average, get_args(Average))
    binned = tables.read(bins, BINS).sort_by("example")
    example, number, density = (binned[name].to_numpy() for name in ("example", "bin", "log_density"))
    score = _joined(scores, tables.read(scores, SCORES), "example", "score", example)
    group = _joined(groups, tables.read(groups, GROUPS), "class", "group", binned["class"].to_numpy())
    found = _held_out(held_out)
    _check_complete(found, np.unique(number), bins)

    rows = []
    for b, (path, table) in sorted(found.items()):
        own = number == b
        if not np.array_equal(table["example"], example[own]):
            raise DataError(f"{path} is not of the examples that {bins} has in bin {b}. Delete it and run again.")
        label, predicted = np.asarray(table["train_label"]), np.asarray(table["predicted_class"])
        draws = job.generator("bootstrap of F-scores", b)
        hits = int((label == predicted).sum())
        accuracy = binomtest(hits, len(label)).proportion_ci(0.95, "exact")
        log_density, memorization = Spread.of(density[own]), Spread.of(score[own][~np.isnan(score[own])])
        rows.append(
            {
                "bin": b,
                "n_examples": len(label),
                "mean_log_density": log_density.mean,
                "log_density_deviation": log_density.deviation,
                "mean_log_density_error": log_density.standard_error,
                "mean_score": memorization.mean,
                "score_deviation": memorization.deviation,
                "mean_score_error": memorization.standard_error,
                "n_unscored": int(np.isnan(score[own]).sum()),
                "low_density_share": float((group[own] == "low_density").mean()),
                "high_density_share": float((group[own] == "high_density").mean()),
                "f_score": f_score(label, predicted, average),
                "f_score_error": f_score_error(label, predicted, average, draws),
                "accuracy": hits / len(label),
                "accuracy_low": accuracy.low,
                "accuracy_high": accuracy.high,
            }
        )
    columns = {column.name: with_nulls([row[column.name] for row in rows], column) for column in BIN_SUMMARY.columns}
    tables.write(output, BIN_SUMMARY, columns, job.recorded(average=average, resamples=RESAMPLES))


@dataclass(frozen=True)
class Spread:
    """Mean of some values, their (population) standard deviation and the mean's standard error over them.

    NaN where they are not defined: all for no value, the standard error for one.
    """

    mean: float
    deviation: float
    standard_error: float

    @classmethod
    def of(cls, values: Floats) -> "Spread":
        """Spread of values, shape (n,), float64."""
        n = len(values)
        if n == 0:
            return cls(np.nan, np.nan, np.nan)
        deviation = float(values.std())
        return cls(float(values.mean()), deviation, deviation / np.sqrt(n - 1) if n > 1 else np.nan)


def _joined(path: Path, table: pa.Table, key: str, value: str, wanted: Integers) -> NDArray[Any]:
    """Values of a table for the wanted keys, in their order, NaN for a null."""
    table = table.sort_by(key)
    keys = table[key].to_numpy()
    if len(np.unique(keys)) < len(keys):
        raise DataError(f"{path} holds the {key} {keys[:-1][keys[:-1] == keys[1:]][0]} twice. Delete it and run again.")
    missing = np.setdiff1d(wanted, keys)
    if len(missing):
        raise DataError(f"{path} lacks the {key} {missing[0]} of the bins: it is of other data. Run it again.")
    found: NDArray[Any] = table[value].to_numpy()[np.searchsorted(keys, wanted)]
    return found


def _held_out(paths: Sequence[Path]) -> dict[int, tuple[Path, pa.Table]]:
    """HELD_OUT tables and their paths, by bin."""
    found: dict[int, tuple[Path, pa.Table]] = {}
    for path in paths:
        table = tables.read(path, HELD_OUT).sort_by("example")
        numbers = np.unique(table["bin"])
        if len(numbers) != 1:
            raise DataError(f"{path} is of {len(numbers)} bins, not of one. Delete it and run again.")
        if (b := int(numbers[0])) in found:
            raise DataError(f"bin {b} comes twice, in {found[b][0]} and {path}. Give one table for each bin.")
        found[b] = path, table
    return found


def _check_complete(found: Mapping[int, Any], bins: Integers, path: Path) -> None:
    missing, unknown = (sorted(map(int, one)) for one in (set(bins) - set(found), set(found) - set(bins)))
    if missing:
        raise DataError(
            f"no network was scored on bin {', '.join(map(str, missing))} of {path}. Give a table for each bin."
        )
    if unknown:
        raise DataError(f"{path} has no bin {', '.join(map(str, unknown))}, of which a table is given. Leave it out.")
