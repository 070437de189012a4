"""Accuracies of a network with layers set back, as rows of a table."""

from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from rote.rewinding.rewound import Rewound


def rewound_rows(found: Rewound) -> dict[str, Any]:
    """Columns of a REWINDING table, by name: a row for each layer, epoch and group of examples."""
    rows = list(product(range(len(found.layers)), range(len(found.epochs)), found.examples))
    examples = np.array([found.examples[group] for *_, group in rows], np.int32)
    accuracy = np.array([found.correct[group][layer, epoch] for layer, epoch, group in rows]) / examples
    return {
        "layer": pa.array([found.layers[layer] for layer, _, _ in rows], pa.string()).dictionary_encode(),
        "epoch": np.array([found.epochs[epoch] for _, epoch, _ in rows], np.int32),
        "batch_norm": pa.array([found.batch_norm] * len(rows), pa.string()).dictionary_encode(),
        "group": pa.array([group for *_, group in rows], pa.string()).dictionary_encode(),
        "examples": examples,
        "accuracy": accuracy,
        "standard_error": np.sqrt(accuracy * (1 - accuracy) / examples),
        "unchanged_accuracy": np.array([found.unchanged[group] for *_, group in rows]) / examples,
    }
