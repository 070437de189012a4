"""The fixed images that representations are taken of: batches with classes as even as can be, or a balanced subset."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_true_labels
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.tables.representations import DRAWN_IMAGES, MANIFOLD_IMAGES

IMAGES_OF_A_BATCH, LEAST_IMAGES = 512, 8  # as in rote.config.sizes, which fingerprints leave out


def fitting_batch_size(n_images: int, n_batches: int) -> int:
    """Images in a batch where nobody says how many: 512, or as many as there are images for, at least 8."""
    return max(min(IMAGES_OF_A_BATCH, n_images // n_batches), LEAST_IMAGES)


def balanced_batches(
    labels: NDArray[np.int64], n_batches: int, batch_size: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw disjoint batches of examples with classes as even as possible.

    Parameters
    ----------
    labels : ndarray
        Classes of the N examples, (N,).
    n_batches, batch_size : int
    random : numpy.random.Generator

    Returns
    -------
    ndarray
        Examples, int64 (n_batches, batch_size), ascending within a batch. Where every class has examples enough, the
        numbers of examples of any two classes in any two batches differ by at most one.

    Raises
    ------
    DataError
        If there are fewer than n_batches · batch_size examples.
    """
    wanted = n_batches * batch_size
    if wanted > len(labels):
        raise DataError(
            f"{n_batches} batches of {batch_size} take {wanted} images, and there are {len(labels)}: "
            "draw fewer or smaller batches."
        )
    shuffled = random.permutation(len(labels))
    classes = random.permutation(np.unique(labels))
    of_class = [shuffled[labels[shuffled] == label] for label in classes]
    rank = np.concatenate([np.arange(len(members)) for members in of_class])
    chosen = np.concatenate(of_class)[np.sort(np.argsort(rank, kind="stable")[:wanted])]
    dealt = chosen.reshape(batch_size, n_batches).T  # still class by class: each batch gets every n-th
    return np.sort(dealt, axis=1)


def balanced_subset(labels: NDArray[np.int64], per_class: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw as many examples of each class.

    Parameters
    ----------
    labels : ndarray
        Classes of the N examples, (N,).
    per_class : int
    random : numpy.random.Generator
        From equal states, a smaller number gives a part of a larger one's examples.

    Returns
    -------
    ndarray
        Examples, int64 (classes · per_class,), ascending.

    Raises
    ------
    DataError
        If a class has fewer.
    """
    shuffled = random.permutation(len(labels))
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < per_class:
        scarce = classes[counts.argmin()]
        raise DataError(
            f"{per_class} images of each class are wanted, and class {scarce} has {counts.min()}: lower per_class."
        )
    return np.sort(np.concatenate([shuffled[labels[shuffled] == label][:per_class] for label in classes]))


def draw_images(
    images: Path,
    output: Path,
    *,
    batches: int | None = None,
    batch_size: int | None = None,
    per_class: int | None = None,
    job: Job,
) -> None:
    """Draw the images of a data set that representations are taken of; write a DRAWN_IMAGES table.

    Parameters
    ----------
    images : Path
        Table of the images to draw from.
    output : Path
    batches : int, optional
        Number of `balanced_batches`; paper 5 compares on 4 batches of 512 (F.2).
    batch_size : int, optional
        That of `fitting_batch_size` where left out.
    per_class : int, optional
        In place of batches: images of each class, as `balanced_subset`, in one batch.
    job : Job
        Its key names the data set.

    Raises
    ------
    ConfigError
        If both or none of batches and per_class are given.
    DataError
        If there are too few images.
    """
    labels = load_true_labels(images)
    if batches is not None and per_class is None:
        size = fitting_batch_size(len(labels), batches) if batch_size is None else batch_size
        examples = balanced_batches(labels, batches, size, job.generator("images compared by CKA"))
    elif per_class is not None and batches is None:
        examples = balanced_subset(labels, per_class, job.generator("images of each class"))[None]
    else:
        raise ConfigError("images are drawn in batches or as a balanced subset: give batches or per_class.")
    batch, position = np.indices(examples.shape, dtype=np.int32)
    columns = {"batch": batch.ravel(), "position": position.ravel(), "example": examples.ravel().astype(np.int32)}
    tables.write(output, DRAWN_IMAGES, columns, job.recorded())


def load_drawn(path: Path) -> NDArray[np.int64]:
    """Examples of a DRAWN_IMAGES or MANIFOLD_IMAGES table, int64 (batches, n)."""
    of_manifolds = tables.provenance(path)["schema"] == MANIFOLD_IMAGES.name
    schema = MANIFOLD_IMAGES if of_manifolds else DRAWN_IMAGES
    table = tables.read(path, schema, ["batch", "position", "example"]).to_pandas()
    return np.asarray(table.pivot(index="batch", columns="position", values="example"), np.int64)
