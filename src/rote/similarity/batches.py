"""The fixed images on which representations are compared: batches with classes as even as possible."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.data.images import load_true_labels
from rote.errors import DataError
from rote.job import Job
from rote.tables.dynamics import CKA_BATCHES

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


def draw_batches(
    test: Path,
    output: Path,
    *,
    n_batches: int,
    batch_size: int | None = None,
    job: Job,
) -> None:
    """Draw the images of a data set on which representations are compared; write a CKA_BATCHES table.

    Parameters
    ----------
    test : Path
        Table of the images to draw from.
    output : Path
    n_batches : int
        The paper compares on 4 batches of 512 (F.2).
    batch_size : int, optional
        That of `fitting_batch_size` where left out.
    job : Job
        Its key names the data set.

    Raises
    ------
    DataError
        If there are too few images.
    """
    random = job.generator("images compared by CKA")
    labels = load_true_labels(test)
    size = fitting_batch_size(len(labels), n_batches) if batch_size is None else batch_size
    examples = balanced_batches(labels, n_batches, size, random)
    batch, position = np.indices(examples.shape, dtype=np.int32)
    columns = {"batch": batch.ravel(), "position": position.ravel(), "example": examples.ravel().astype(np.int32)}
    tables.write(output, CKA_BATCHES, columns, job.recorded())


def load_batches(path: Path) -> NDArray[np.int64]:
    """Examples of a CKA_BATCHES table, int64 (n_batches, batch_size)."""
    table = tables.read(path, CKA_BATCHES).to_pandas()
    return np.asarray(table.pivot(index="batch", columns="position", values="example"), np.int64)
