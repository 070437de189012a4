"""Certificates of the examples of a density bin by a smoothed network that was trained without them.

Jamroz & Kurdziel, section "Class representations correlate with memorization" and Fig. 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.binomial import interval
from rote.errors import DataError
from rote.f_score import f_score, f_score_error
from rote.job import Job
from rote.options import check_positive
from rote.robustness.examples import Wanted, certify_examples
from rote.robustness.summary import certified_accuracy, summarise
from rote.tables.bins import CERTIFIED_ACCURACY, CERTIFIED_BINS, unseen_examples
from rote.tables.data import LABELS
from rote.tables.robustness import CERTIFICATES


@dataclass(frozen=True)
class SmoothedNetwork:
    """A smoothed network that was trained without a bin, and where its certificates go.

    Attributes
    ----------
    bin_number : int
    subset : Path
        SUBSET table that it was trained on, which must hold no example of the bin.
    checkpoints : Path
        CHECKPOINTS table of its training.
    output : Path
        CERTIFICATES table to write.
    job : Job
        Its key names the network.
    """

    bin_number: int
    subset: Path
    checkpoints: Path
    output: Path
    job: Job


def certify_bins(
    networks: Sequence[SmoothedNetwork],
    *,
    bins: Path,
    images: Path,
    most: int | None,
    certification: Mapping[str, Any],
) -> None:
    """Certify smoothed networks, each at examples of the bin that it was trained without.

    Parameters
    ----------
    networks : sequence of SmoothedNetwork
    bins, images : Path
        BINS table and table of the training images.
    most : int or None
        Examples of a bin to certify, drawn at random from it where it has more; None for all. More examples only add to
        those of fewer.
    certification : mapping
        See `rote.config.certification.Certification`.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As `rote.robustness.examples.certify_examples`; also if there is no such bin, or a network has seen an example
        of its bin.
    """
    if most is not None:
        check_positive(most=most)
    wanted = []
    for one in networks:
        examples = unseen_examples(bins, one.bin_number, one.subset)
        drawn = np.sort(one.job.generator("certified examples").permutation(examples)[:most]).tolist()
        job = replace(one.job, provenance={**one.job.provenance, "bin": one.bin_number})
        wanted.append(Wanted(one.checkpoints, drawn, one.output, job))
    certify_examples(wanted, images=images, certification=certification)


def describe_certificates(
    *,
    certificates: Sequence[Path],
    labels: Path,
    output: Path,
    accuracies: Path,
    radii: ArrayLike,
    job: Job,
) -> None:
    """Write one row per bin on its certificates, and the certified accuracy of each bin and of all at given radii.

    Parameters
    ----------
    certificates : sequence of Path
        CERTIFICATES table of each bin, from bin 0.
    labels : Path
        LABELS table of the training set; a prediction is right if it is the label that training used.
    output, accuracies : Path
        CERTIFIED_BINS and CERTIFIED_ACCURACY tables to write.
    radii : array-like, shape (r,), float64
        At which to give the certified accuracy, in the units of the noise.
    job : Job
        The bootstrap's seed follows from it and the bin.

    Raises
    ------
    DataError, TableError
        If a table is missing or damaged, was made with other settings than the first or for another bin than its
        place tells, or has an example without a label.
    """
    train_label = tables.read(labels, LABELS, ["example", "train_label"]).sort_by("example")["train_label"].to_numpy()
    found = [tables.read(path, CERTIFICATES) for path in certificates]
    settings = [tables.provenance(path) for path in certificates]
    for number, (path, one) in enumerate(zip(certificates, settings, strict=True)):
        if one.get("bin") != number or one["certification"] != settings[0]["certification"]:
            raise DataError(
                f"{path} is of bin {one.get('bin')} with {one['certification']}, not of bin {number} with "
                f"{settings[0]['certification']}. Delete it and run again."
            )
    truths = [_labels(train_label, table, path) for table, path in zip(found, certificates, strict=True)]
    recorded = job.recorded(certification=settings[0]["certification"])
    rows = [
        {"bin": number} | _described(table, truth, job.generator("bootstrap of certified F-scores", number))
        for number, (table, truth) in enumerate(zip(found, truths, strict=True))
    ]
    columns = {
        column.name: pa.array([row[column.name] for row in rows], column.type, from_pandas=True)
        for column in CERTIFIED_BINS.columns
    }
    tables.write(output, CERTIFIED_BINS, columns, recorded)
    with tables.writing(accuracies, CERTIFIED_ACCURACY, recorded) as table_of_all:
        parts = [
            (None, pa.concat_tables(found), np.concatenate(truths)),
            *zip(range(len(found)), found, truths, strict=True),
        ]
        for bin_number, table, truth in parts:
            correct = _predicted(table) == truth
            accuracy, low, high = certified_accuracy(table["radius"].to_numpy(), correct, radii)
            table_of_all.append(
                {
                    "bin": pa.array([bin_number] * len(accuracy), pa.int32()),
                    "radius": np.asarray(radii, np.float64),
                    "accuracy": accuracy,
                    "accuracy_low": low,
                    "accuracy_high": high,
                }
            )


def _labels(train_label: NDArray[np.int16], table: pa.Table, path: Path) -> NDArray[np.int16]:
    example = table["example"].to_numpy()
    if example.max(initial=-1) >= len(train_label):
        raise DataError(
            f"{path} has the example {example.max()}, which has no label: it is of other data. Run it again."
        )
    labels: NDArray[np.int16] = train_label[example]
    return labels


def _predicted(table: pa.Table) -> NDArray[np.int64]:
    """Predicted classes, −1 where the classifier abstains."""
    return np.asarray(table["predicted_class"].fill_null(-1), np.int64)


def _described(table: pa.Table, label: NDArray[np.int16], draws: np.random.Generator) -> dict[str, Any]:
    summary, predicted = summarise(table["radius"].to_numpy()), _predicted(table)
    n_certain = int((predicted >= 0).sum())
    low, high = interval(n_certain, summary.images)
    return {
        "n_examples": summary.images,
        "mean_radius": summary.mean_radius,
        "radius_deviation": summary.radius_deviation,
        "mean_radius_error": summary.radius_deviation / np.sqrt(n_certain - 1) if n_certain > 1 else np.nan,
        "classification_rate": summary.classification_rate,
        "classification_rate_low": float(low),
        "classification_rate_high": float(high),
        "f_score": f_score(label, predicted),
        "f_score_error": f_score_error(label, predicted, "macro", draws),
    }
