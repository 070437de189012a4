"""Relative entropies between the density models of all ordered pairs of classes."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.divergence import Estimate, relative_entropies
from rote.density.models import class_models
from rote.density.parallel import in_parallel
from rote.job import Job
from rote.settings import parse
from rote.tables.density import CLASS_DIVERGENCES


def compare_classes(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    output: Path,
    tolerance: Mapping[str, Any],
    job: Job,
) -> None:
    """Estimate the relative entropy from every class's density model to every other's (Eq. 4).

    Parameters
    ----------
    representations, samples, traces : Path
        Tables of representations, POSTERIOR_SAMPLES and TRACES.
    output : Path
        CLASS_DIVERGENCES table to write, without the diagonal.
    tolerance : mapping
        See `rote.config.density_model.Tolerance`.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.

    Raises
    ------
    ConfigError, DataError, TableError
        If the tolerance or a table cannot be used.
    """
    wanted = parse(Tolerance, tolerance, "tolerance")
    models = list(class_models(representations, samples, traces))
    options, labels = models[0].options, np.array([model.label for model in models])
    predictives = [model.predictive() for model in models]
    work = [
        delayed(relative_entropies)(
            predictives[row],
            [*predictives[:row], *predictives[row + 1 :]],
            job.generator("class divergence", int(label)),
            wanted,
            average=options.average,
        )
        for row, label in enumerate(labels)
    ]
    found = in_parallel(work, job.threads, f"divergences of {job.seed_key}", "class")
    columns: dict[str, Any] = {
        "class": np.repeat(labels, len(labels) - 1).astype(np.int16),
        "other_class": np.concatenate([labels[labels != label] for label in labels]).astype(np.int16),
    }
    for field, name in zip(fields(Estimate), ("relative_entropy", "standard_error", "draws", "reached"), strict=True):
        columns[name] = [getattr(estimate, field.name) for row in found for estimate in row]
    recorded = job.recorded(options=options.named(), tolerance=dict(tolerance))
    tables.write(output, CLASS_DIVERGENCES, columns, recorded)
