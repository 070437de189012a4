"""Norms of the parts of the gradient of a network, as rows of a table."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from rote.gradients.parts import Centre, LabelParts, label_parts
from rote.models.batch_norm import batch_norms, recalibrate
from rote.models.network import Network
from rote.seeds import Seeds
from rote.training.calibration import calibration_batches
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

STATISTICS = ["stored", "recalibrated", "none"]


def measure_epoch(
    network: Network,
    epoch: int,
    examples: Examples,
    normalisation: Normalisation,
    *,
    seeds: Seeds,
    centres: Sequence[Centre] = ("none", "classes"),
    recalibrated: bool = False,
) -> dict[str, Any]:
    """Norms of the parts of every layer's gradient at one epoch.

    Parameters
    ----------
    network : Network
        With the weights of the epoch, on the device of the examples. It is left in evaluation mode.
    epoch : int
    examples : Examples
        The training set as labelled.
    normalisation : Normalisation
        Its dtype is that of the network's parameters.
    seeds : Seeds
        Of the order of examples in recalibration; otherwise nothing is drawn.
    centres : sequence of {"none", "classes", "label_frequency"}
        See `rote.gradients.parts`.
    recalibrated : bool
        Whether the statistics of batch norms are first estimated anew on the examples, in batches of a random order,
        as those of an untrained network are of no data. The network keeps them.

    Returns
    -------
    dict of str to array
        Columns of a LABEL_PARTS table.

    Raises
    ------
    ConfigError, DataError
        As in `rote.gradients.parts.label_parts`.
    """
    network.eval()
    has_statistics = bool(batch_norms(network))
    if recalibrated and has_statistics:
        recalibrate(network, calibration_batches(examples, normalisation, seeds, epoch))
    parts = label_parts(network, examples, normalisation, centres)
    statistics = "none" if not has_statistics else "recalibrated" if recalibrated else "stored"
    kinds = list(product(parts.layers, parts.examples, centres))
    layers, groups, centred_by = (pa.array(column).dictionary_encode() for column in zip(*kinds, strict=True))
    found = np.array([norms(parts, group, layer, centre) for layer, group, centre in kinds])
    return {
        "epoch": np.full(len(kinds), epoch, np.int32),
        "layer": layers,
        "weights": [parts.total["all"][layer].numel() for layer, _, _ in kinds],
        "group": groups,
        "examples": [parts.examples[group] for _, group, _ in kinds],
        "centred_by": centred_by,
        "statistics": pa.DictionaryArray.from_arrays(
            np.full(len(kinds), STATISTICS.index(statistics), np.int32), STATISTICS
        ),
        "gradient": found[:, 0],
        "dependent": found[:, 1],
        "independent": found[:, 2],
        "cosine": pa.array(found[:, 3], from_pandas=True),
    }


def norms(parts: LabelParts, group: str, layer: str, centred_by: Centre) -> tuple[float, float, float, float]:
    """Norms of a layer's gradient and of its two parts, and the cosine of the angle between these.

    Parameters
    ----------
    parts : LabelParts
    group, layer, centred_by : str
        As in `LabelParts.parts`, errors too.

    Returns
    -------
    gradient, dependent, independent, cosine : float
        The norms are those of mean gradients, in nat per unit of weight; the cosine is NaN where a part is 0.
    """
    dependent, independent = (part.flatten() for part in parts.parts(group, layer, centred_by))
    total, of_dependent, of_independent = (
        float(torch.linalg.vector_norm(vector)) for vector in (parts.total[group][layer], dependent, independent)
    )
    cosine = float("nan")
    if of_dependent > 0 and of_independent > 0:
        cosine = float((dependent / of_dependent) @ (independent / of_independent))
    return total, of_dependent, of_independent, float(np.clip(cosine, -1, 1))
