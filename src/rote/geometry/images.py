"""Images of manifolds: equally many of each class in every group of examples, so that groups can be compared.

Stephenson et al. (2021), 3.1: unpermuted and permuted training examples by the labels that training used, the permuted
ones also by their true labels (restored), and test examples.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_true_labels, read_header
from rote.data.labels import Labels, load_labels
from rote.errors import DataError
from rote.geometry.structure_free import shuffled_labels
from rote.job import Job
from rote.seeds import Seeds
from rote.tables.representations import MANIFOLD_IMAGES
from rote.training.seen import seen

Integers = NDArray[np.int64]
Group = tuple[Integers, Integers]  # numbers of examples, their labels

MOST_CLASSES = 100  # as in the paper


def draw_manifolds(
    *,
    train: Path,
    test: Path,
    labels: Path,
    output: Path,
    images_per_class: int,
    least_images_per_class: int,
    subset: int | None = None,
    job: Job,
) -> None:
    """Draw the images of each group's classes; write a MANIFOLD_IMAGES table.

    All groups have the same classes (all there are, or 100 that are drawn) and the same number M of images of each:
    capacities of different M cannot be compared. Permuted and restored share their images as far as both have M of each
    class. Each group's images are also dealt out to its classes at random, which is the reference without structure.
    Groups without examples are left out.

    Parameters
    ----------
    train, test, labels : Path
        Tables of the training images, the test images and the labels that training used.
    output : Path
    images_per_class : int
        The most that M may be; it is lower where a class has fewer.
    least_images_per_class : int
        The least that M may be.
    subset : int, optional
        Number of training examples that the run sees.
    job : Job
        Its key names the data set and the labels.

    Raises
    ------
    DataError
        If a class has fewer images than the least in some group.
    TableError
        If a table is missing, damaged or of other images.
    """
    given = load_labels(labels, load_true_labels(train))
    seen_by_run = seen(subset, len(given.true_label), Seeds(job.study_seed)).examples
    groups = groups_of(given, seen_by_run, load_true_labels(test))
    n_classes = len(read_header(train).classes)
    classes = np.sort(job.generator("classes of manifolds").permutation(n_classes)[:MOST_CLASSES])
    size = _common_size(groups, classes, images_per_class, least_images_per_class)

    drawn: dict[tuple[str, bool], Integers] = {}
    for name, (examples, label) in groups.items():
        pool = "permuted" if name == "restored" else name
        order = job.generator(f"{pool} images of manifolds").permutation(len(examples))
        if name == "restored":  # those that permuted has come first
            order = order[np.argsort(~np.isin(examples[order], drawn["permuted", False]), kind="stable")]
        by_class = [order[label[order] == one][:size] for one in classes]
        drawn[name, False] = examples[np.stack(by_class)]
        drawn[name, True] = _dealt(drawn[name, False], job)
    tables.write(output, MANIFOLD_IMAGES, _columns(drawn, classes), job.recorded())


def groups_of(labels: Labels, seen_by_run: Integers, test_label: Integers) -> Mapping[str, Group]:
    """Groups that have examples: numbers of their examples, and the labels by which they are grouped.

    Parameters
    ----------
    labels : Labels
        Of all training examples.
    seen_by_run : ndarray, int64
        Numbers of those that the run sees.
    test_label : ndarray, shape (n,), int64
        Labels of the test images, which are numbered after all training examples.
    """
    unpermuted, permuted = (seen_by_run[labels.permuted[seen_by_run] == which] for which in (False, True))
    groups = {
        "unpermuted": (unpermuted, labels.train_label[unpermuted]),
        "permuted": (permuted, labels.train_label[permuted]),
        "restored": (permuted, labels.true_label[permuted]),
        "test": (len(labels.true_label) + np.arange(len(test_label)), test_label),
    }
    return {name: group for name, group in groups.items() if len(group[0])}


def _common_size(groups: Mapping[str, Group], classes: Integers, most: int, least: int) -> int:
    """Images of each class in every group."""
    smallest = most
    for name, (_, label) in groups.items():
        counts = np.array([np.count_nonzero(label == one) for one in classes])
        if counts.min() < least:
            raise DataError(
                f"class {classes[counts.argmin()]} has {counts.min()} {name} images, and a manifold is of at least "
                f"{least}: train on more examples, corrupt another fraction of the labels, or lower "
                "least_images_per_class."
            )
        smallest = min(smallest, int(counts.min()))
    return smallest


def _dealt(examples: Integers, job: Job) -> Integers:
    """The same images (P, M), dealt out to the classes at random."""
    places = np.repeat(np.arange(len(examples)), examples.shape[1])
    dealt = shuffled_labels(places, examples.ravel(), job.seed_sequence("labels without structure"))
    return examples.ravel()[np.argsort(dealt, kind="stable")].reshape(examples.shape)


def _columns(drawn: Mapping[tuple[str, bool], Integers], classes: Integers) -> dict[str, object]:
    examples = np.concatenate(list(drawn.values()))  # (manifolds, M)
    batch, position = np.indices(examples.shape, dtype=np.int32)
    of_manifold = np.repeat(np.arange(len(drawn)), len(classes))
    group, shuffled = (np.array(values)[of_manifold] for values in zip(*drawn, strict=True))

    def each(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.repeat(values, examples.shape[1])

    return {
        "batch": batch.ravel(),
        "position": position.ravel(),
        "example": examples.ravel().astype(np.int32),
        "group": pa.array(each(group)).dictionary_encode(),
        "shuffled": each(shuffled),
        "class": each(np.tile(classes, len(drawn)).astype(np.int16)),
    }
