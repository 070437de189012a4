"""How much the later layers of stitched networks resemble those of a clean network (paper 3, supplement)."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rote.models.cuts import front, tail
from rote.models.taps import full_precision, recording, representations, tap_names
from rote.representations.gram import gram, u_centred
from rote.stitching.stitched import Stitched
from rote.training.examples import Examples
from rote.training.networks import TrainedNetwork

BATCH = 512  # images whose Gram matrices are compared, as in the other studies
FEWEST = 4  # images of a U-centred Gram matrix


def taps_behind(network: TrainedNetwork, cut: str) -> tuple[str, ...]:
    """Taps of a network behind one of them, in order of depth; none where the cut is no tap."""
    names = tap_names(network.model)
    return names[names.index(cut) + 1 :] if cut in names else ()


def similarity_behind(
    stitched: Sequence[Stitched], reference: TrainedNetwork, cut: str, test: Examples
) -> dict[str, NDArray[np.float64]]:
    """Unbiased CKA of each layer behind the cut with the same layer of a reference, on test images.

    Parameters
    ----------
    stitched : sequence of Stitched
        S of them, into one tail, at one cut.
    reference : TrainedNetwork
        Of the tail's kind.
    cut : str
    test : Examples
        In equal batches of at most 512, whose CKAs are averaged.

    Returns
    -------
    dict of str to ndarray
        By tap, in order of depth: float64 (S,), NaN where a layer is constant on the images of a batch.
    """
    taps = taps_behind(reference, cut)
    batches = torch.tensor_split(test.images, -(-len(test) // BATCH)) if taps and len(test) >= FEWEST else ()
    found = {tap: np.zeros(len(stitched)) for tap in (taps if batches else ())}
    with torch.no_grad(), full_precision():
        for images in batches:
            like = representations(reference.model, reference.normalisation(images), taps)
            units = {tap: _unit(features) for tap, features in like.items()}
            for place, one in enumerate(stitched):
                before, behind = one.halves
                with recording(behind.model, taps) as outputs:
                    tail(behind.model, cut)(one.stitch(front(before.model, cut)(before.normalisation(images))))
                for tap, output in outputs.items():
                    found[tap][place] += float((_unit(output.flatten(1)) * units[tap]).sum()) / len(batches)
    return found


def _unit(features: Tensor) -> Tensor:
    """U-centred Gram matrix of features (n, d) at unit norm, float64: NaN for a constant."""
    matrix = u_centred(gram(features.double()))
    unit: Tensor = matrix / torch.linalg.matrix_norm(matrix)
    return unit
