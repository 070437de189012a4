"""Density models of all classes of one tap: fitted class by class, so that a killed job loses one class's work."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed

from rote import tables
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.options import Options
from rote.density.parallel import in_parallel
from rote.density.prior import constant_dimensions
from rote.errors import DataError
from rote.job import Job
from rote.parts import Parts, digest
from rote.representations.classes import ClassRepresentations, load
from rote.seeds import Seeds
from rote.tables.density import POSTERIOR_SAMPLES, TRACES
from rote.tables.parts import TableForm


def fit_classes(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    options: Mapping[str, Any],
    job: Job,
) -> None:
    """Fit a density model to the representations of every class that can be modelled.

    A class of one example, or whose examples do not differ in some dimension, has no prior that its data suggest. It is
    left out: the provenance has its number and that of its examples under ``left_out``, and the log names it.

    Parameters
    ----------
    representations : Path
        Table of representations after the singular value decomposition.
    samples, traces : Path
        POSTERIOR_SAMPLES and TRACES tables to write.
    options : mapping
        Of `DirichletProcessGaussianMixture`; the protocol among them.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.

    Raises
    ------
    ConfigError, DataError, TableError
        If an option or a table cannot be used, or no class can be modelled.
    """
    Options.of(**options)
    known = load(representations)
    left_out = _not_modelled(known)
    classes = [int(label) for label in known.classes if str(label) not in left_out]
    if not classes:
        raise DataError(
            f"no class of {job.seed_key} has two examples that differ in every dimension, which a density model needs: "
            "keep fewer dimensions of this tap, train on more examples, or leave the run out of class_fitting.runs."
        )
    if left_out:
        named = ", ".join(f"{label} ({n} example(s))" for label, n in left_out.items())
        print(
            f"Warning: class(es) {named} of {job.seed_key} are left out: without two examples that differ in every "
            "dimension there is no density model. More examples (subset), other labels or fewer dimensions help.",
            file=sys.stderr,
        )
    recorded = job.recorded(options=dict(options), left_out=left_out)
    whole = digest(job.depends_on(options=dict(options)), [representations])
    parts = {schema: Parts(samples.with_suffix(""), whole, TableForm(schema)) for schema in (TRACES, POSTERIOR_SAMPLES)}
    missing = [
        label for label in classes if not all(kept.is_finished(_key(label, schema)) for schema, kept in parts.items())
    ]
    work = [delayed(_fit_class)(known.by_class(label), label, options, job, parts) for label in missing]
    in_parallel(work, job.threads, f"density models of {job.seed_key}", "class")

    for path, (schema, kept) in zip((traces, samples), parts.items(), strict=True):
        with tables.writing(path, schema, recorded) as table:
            for label in classes:
                table.append(kept.read(_key(label, schema)))
    kept.remove()


def _not_modelled(known: ClassRepresentations) -> dict[str, int]:
    """Numbers of examples of the classes that cannot be modelled."""
    parts = {str(label): known.by_class(int(label)).values for label in known.classes}
    return {label: len(values) for label, values in parts.items() if constant_dimensions(values).size}


def _key(label: int, schema: tables.Schema) -> str:
    return f"class_{label}_{schema.name}"


def _fit_class(
    own: ClassRepresentations,
    label: int,
    options: Mapping[str, Any],
    seeds: Seeds,
    parts: Mapping[tables.Schema, Parts[Mapping[str, Any]]],
) -> None:
    model = DirichletProcessGaussianMixture(**options, random_state=seeds.seed_sequence("density chain", label))
    try:
        model.fit(own.values)
    except DataError as error:
        raise DataError(f"class {label} of {seeds.seed_key}: {error}") from error
    n_chains, n_sweeps = model.log_joint_trace_.shape
    parts[TRACES].write(
        _key(label, TRACES),
        {
            "class": np.full(n_chains * n_sweeps, label, np.int16),
            "chain": np.repeat(np.arange(n_chains), n_sweeps).astype(np.int32),
            "sweep": np.tile(np.arange(1, n_sweeps + 1), n_chains).astype(np.int32),
            "log_joint": model.log_joint_trace_.ravel(),
            "n_components": model.n_components_trace_.ravel().astype(np.int32),
            "concentration": model.concentration_trace_.ravel(),
        },
    )
    parts[POSTERIOR_SAMPLES].write(
        _key(label, POSTERIOR_SAMPLES),
        {
            "class": np.full(len(model.chains_), label, np.int16),
            "chain": model.chains_.astype(np.int32),
            "sweep": model.sweeps_.astype(np.int32),
            "concentration": model.concentrations_,
            "assignments": list(model.assignments_.astype(np.int16)),
        },
    )
