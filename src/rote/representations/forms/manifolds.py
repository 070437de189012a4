"""Inner products of manifolds: of each network one file, and a MANIFOLD_BLOCKS table that lists them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote.errors import ConfigError, DataError
from rote.models.network import Network
from rote.models.taps import representations
from rote.representations.inner_products import InnerProducts
from rote.representations.manifold_blocks import EXAMPLES, PARTS, Manifolds, load_manifolds, name_of
from rote.representations.network_files import NetworkFiles
from rote.representations.sources import Recording, Source, Taken, Taps
from rote.tables.representations import MANIFOLD_BLOCKS
from rote.tensors import Described


class Form(NetworkFiles):
    """See `rote.representations.sources.Form`; a block is a manifold.

    Of each group all manifolds are taken twice, for their centres and for their images' products with these: so no more
    is in memory than the centres and one manifold at every tap, where all images at once would not fit.
    """

    schema = MANIFOLD_BLOCKS

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        if recording.drawn is None:
            raise ConfigError("manifolds are of images that were drawn: give the table of them.")
        self.groups: list[Manifolds] = load_manifolds(recording.drawn)

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Outputs as they are, flattened."""
        return representations(model, inputs, taps)

    def blocks(self) -> Sequence[NDArray[np.int64]]:
        """The manifolds of each group, twice."""
        return [examples for group in self.groups for _ in range(2) for examples in group.examples]

    def write(self, source: Source, taken: Iterable[Taken]) -> None:
        """Write its file."""
        blocks = iter(taken)
        tensors: dict[str, Tensor] = {}
        n_features: dict[str, int] = {}
        for number, group in enumerate(self.groups):
            tensors[name_of(EXAMPLES, number)] = torch.from_numpy(group.examples)
            for tap, products in _products(blocks, len(group.classes), source).items():
                n_features[tap] = products.n_features
                for part, tensor in zip(PARTS, products.parts(), strict=True):
                    tensors[name_of(part, number, tap)] = tensor
        described = [group.described() for group in self.groups]
        self.keep(source, Described(tensors, {"n_features": n_features, "groups": described}))


def _products(blocks: Iterator[Taken], n_manifolds: int, source: Source) -> dict[str, InnerProducts]:
    """Inner products at each tap of as many manifolds, which come twice."""
    products: dict[str, InnerProducts] = {}
    for block in islice(blocks, n_manifolds):
        for tap, features in block.items():
            try:
                products.setdefault(tap, InnerProducts(n_manifolds)).center(features)
            except DataError as error:
                raise DataError(f"tap {tap} of {source.name}: {error}") from error
    for block in islice(blocks, n_manifolds):
        for tap, features in block.items():
            products[tap].multiply(features)
    return products
