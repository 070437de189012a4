"""Norms of the parts of the gradient at several epochs of a training run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from rote import tables
from rote.gradients.parts import Centre, LabelParts, label_parts
from rote.job import Job
from rote.models.batch_norm import batch_norms, recalibrate
from rote.models.network import Network
from rote.tables.gradients import LABEL_PARTS
from rote.training.calibration import calibration_batches
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

STATISTICS = ["stored", "recalibrated", "none"]


def measure_label_parts(
    network: Network,
    states: Iterable[tuple[int, Mapping[str, Tensor]]],
    examples: Examples,
    normalisation: Normalisation,
    output: Path,
    *,
    job: Job,
    centres: Sequence[Centre] = ("none", "classes"),
    recalibrated: Collection[int] = (0,),
) -> None:
    """Measure the parts of every layer's gradient at every epoch; write a LABEL_PARTS table.

    Parameters
    ----------
    network : Network
        On the device of the examples. It is left with the weights of the last epoch, in evaluation mode.
    states : iterable of (int, mapping of str to Tensor)
        Epochs, and the network's parameters and buffers at each.
    examples : Examples
        The training set as labelled.
    normalisation : Normalisation
        Its dtype is that of the network's parameters.
    output : Path
    job : Job
    centres : sequence of {"none", "classes", "label_frequency"}
        See `rote.gradients.parts`.
    recalibrated : collection of int
        Epochs at which the statistics of batch norms are estimated anew on the examples, in batches of a random order;
        those of an untrained network are of no data.

    Raises
    ------
    ConfigError, DataError
        As in `rote.gradients.parts.label_parts`.
    """
    has_statistics = bool(batch_norms(network))
    with tables.writing(output, LABEL_PARTS, job.recorded()) as table:
        for epoch, state in states:
            network.load_state_dict(state)
            network.eval()
            if anew := epoch in recalibrated and has_statistics:
                recalibrate(network, calibration_batches(examples, normalisation, job, epoch))
            parts = label_parts(network, examples, normalisation, centres)
            statistics = "recalibrated" if anew else "stored" if has_statistics else "none"
            table.append(_rows(parts, epoch, statistics, centres))


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


def _rows(parts: LabelParts, epoch: int, statistics: str, centres: Sequence[Centre]) -> dict[str, Any]:
    """Rows of a LABEL_PARTS table for one epoch."""
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
