"""Classes without structure: the same examples, whose labels are dealt out anew."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError
from rote.geometry.draws import RandomState, generator, root_seed


def shuffled_labels(
    y: ArrayLike, keys: ArrayLike | None = None, random_state: RandomState = None
) -> NDArray[np.generic]:
    """Labels dealt out at random among the same examples, so that classes keep their sizes and lose what they share.

    What an analysis gives with these labels is the value that the same number of classes and examples, and the same
    rule for their centres, has without any structure of classes: the reference for 'no structure', where the analytic
    lines (`rote.geometry.closed_forms`) leave out that examples of all classes may be alike.

    Parameters
    ----------
    y : array-like, shape (n,)
    keys : array-like, shape (n,), int64, optional
        As for `ManifoldCapacity.fit`: with them the order of examples changes nothing.
    random_state : int or numpy.random.SeedSequence, optional

    Returns
    -------
    ndarray, shape (n,)
        Of the dtype of `y`.

    Raises
    ------
    DataError
        If `keys` and `y` differ in number.
    """
    labels = np.asarray(y)
    names = np.arange(len(labels)) if keys is None else np.asarray(keys)
    if names.shape != labels.shape:
        raise DataError(f"keys have shape {names.shape} and y has {labels.shape}: give one key per example.")
    seed = root_seed(random_state)
    places = np.argsort([generator(seed, "labels", key).random() for key in names.tolist()])
    dealt = np.empty_like(labels)
    dealt[places] = np.sort(labels)
    return dealt
