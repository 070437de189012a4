"""Relative entropies between the density models of all ordered pairs of classes."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed

from rote import tables
from rote.density.divergence import Estimate, Precision, relative_entropies
from rote.density.models import class_models
from rote.density.parallel import in_parallel
from rote.provenance import generator
from rote.tables.density import CLASS_DIVERGENCES


def compare_classes(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    output: Path,
    precision: Mapping[str, Any],
    owner: str,
    study_seed: int,
    processes: int,
    provenance: Mapping[str, Any],
) -> None:
    """Estimate the relative entropy from every class's density model to every other's (Eq. 4).

    Parameters
    ----------
    representations, samples, traces : Path
        Tables of representations, POSTERIOR_SAMPLES and TRACES.
    output : Path
        CLASS_DIVERGENCES table to write, without the diagonal.
    precision : mapping
        See `rote.density.divergence.Precision`.
    owner : str
        Run and tap; seeds follow from it and the class.
    study_seed : int
    processes : int
        Among which classes are divided; results do not depend on it.
    provenance : mapping
        For the table.

    Raises
    ------
    ConfigError, DataError, TableError
        If the precision or a table cannot be used.
    """
    wanted = Precision(**precision)
    models = list(class_models(representations, samples, traces))
    options, labels = models[0].options, np.array([model.label for model in models])
    predictives = [model.predictive() for model in models]
    work = [
        delayed(relative_entropies)(
            predictives[row],
            [*predictives[:row], *predictives[row + 1 :]],
            generator(study_seed, "class divergence", owner, int(label)),
            wanted,
            average=options.average,
        )
        for row, label in enumerate(labels)
    ]
    found = in_parallel(work, processes, f"divergences of {owner}", "class")
    recorded = {**provenance, "study_seed": study_seed, "owner": owner, "options": options.named()}
    recorded["precision"] = dict(precision)
    columns: dict[str, Any] = {
        "class": np.repeat(labels, len(labels) - 1).astype(np.int16),
        "other_class": np.concatenate([labels[labels != label] for label in labels]).astype(np.int16),
    }
    for field, name in zip(fields(Estimate), ("relative_entropy", "standard_error", "draws", "reached"), strict=True):
        columns[name] = [getattr(estimate, field.name) for row in found for estimate in row]
    tables.write(output, CLASS_DIVERGENCES, columns, recorded)
