"""What a network sees of a training set."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.data.images import ImageSet
from rote.data.labels import Labels
from rote.errors import ConfigError, DataError
from rote.seeds import Seeds
from rote.tables.training import SUBSET

if TYPE_CHECKING:
    import torch

    from rote.training.examples import Examples


class Seen(NamedTuple):
    """Examples that a network is trained on."""

    examples: NDArray[np.int64]
    """(m,), ascending"""
    weights: NDArray[np.float32] | None
    """(m,), factors of their losses; None for 1 throughout"""

    def of(self, images: ImageSet, labels: Labels, device: "torch.device") -> "Examples":
        """Move them to a device: images and labels of the whole training set, joined by example."""
        from rote.training.examples import Examples  # late: who only draws from them needs no PyTorch

        whole, chosen = len(self.examples) == len(images.images), self.examples
        return Examples.on(
            device,
            images.images if whole else images.images[chosen],
            labels.train_label[chosen],
            labels.true_label[chosen],
            labels.permuted[chosen],
            self.weights,
        )


def seen(subset: int | str | None, n: int, seeds: Seeds) -> Seen:
    """Examples that a network sees.

    Parameters
    ----------
    subset : int, str or None
        See `rote.training.spec.NetworkSpec`.
    n : int
        Number of training examples.
    seeds : Seeds
        Of the study alone.

    Returns
    -------
    Seen

    Raises
    ------
    ConfigError
        If so many examples cannot be drawn.
    DataError, TableError
        If the SUBSET table cannot be read, or lists an example twice or one that does not exist.
    """
    if subset is None:
        return Seen(np.arange(n), None)
    if isinstance(subset, int):
        if not 1 <= subset <= n:
            raise ConfigError(f"a subset of {subset} examples cannot be drawn from {n}. Lower subset.")
        return Seen(np.sort(seeds.generator("subset").permutation(n)[:subset]), None)
    table = tables.read(subset, SUBSET).sort_by("example")
    chosen = table["example"].to_numpy().astype(np.int64)
    if len(chosen) == 0 or chosen[0] < 0 or chosen[-1] >= n or len(np.unique(chosen)) < len(chosen):
        raise DataError(f"{subset} must list examples from 0 to {n - 1}, each once. Correct it or delete it.")
    return Seen(chosen, table["weight"].to_numpy())
